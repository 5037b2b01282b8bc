-- name: json_valid
SELECT json_valid(:body)
-- name: json_tree
SELECT id, ifnull(parent, -1), key, type, iif(type IN ('integer', 'real'), CAST(atom AS TEXT), atom)
FROM json_tree(:body)
-- name: json_duplicates
SELECT 1 FROM json_tree(:body) WHERE typeof(key) = 'text' GROUP BY parent, key HAVING count(*) > 1 LIMIT 1

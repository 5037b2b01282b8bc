-- name: begin_read
BEGIN
-- name: begin_write
BEGIN IMMEDIATE
-- name: commit
COMMIT
-- name: rollback
ROLLBACK

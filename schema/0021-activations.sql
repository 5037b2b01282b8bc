-- Which of two plans was activated later: two may be in one second, and a clock may go back.

ALTER TABLE plan ADD COLUMN activation INTEGER NOT NULL DEFAULT 0;  -- place among all activations, from 1; 0: a draft

UPDATE plan SET activation = (SELECT count(*) FROM plan o WHERE o.activated_at > 0
	AND (o.activated_at < plan.activated_at OR (o.activated_at = plan.activated_at AND o.id <= plan.id)))
WHERE activated_at > 0;

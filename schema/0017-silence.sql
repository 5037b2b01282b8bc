-- Who fell silent after a success, beside those that wait.

-- Since when the criterion for `silent` holds; 0: it does not.
ALTER TABLE pulse ADD COLUMN silent_at INTEGER NOT NULL DEFAULT 0;

-- Devices of n that were silent at the newest resume: they leave both numbers of every gate.
ALTER TABLE tally ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;

-- A sample of a stage's successes that is the same each time: consecutive ids are spread evenly by the factor.
CREATE INDEX execution_silence ON execution (plan, stage, (id * 40503 & 65535)) WHERE state = 'succeeded' AND newest = 1;
-- A sample of the devices of a product.
CREATE INDEX device_product ON device (product);

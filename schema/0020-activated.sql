-- What a throttled plan may come back to.

-- params are the parameters a plan runs by, which a throttle lowers; these are the ones it was activated with.
-- Plans that run already were activated with what they have, as far as anybody knows.
ALTER TABLE plan ADD COLUMN activated_params TEXT NOT NULL DEFAULT '';

UPDATE plan SET activated_params = params WHERE state IN ('active', 'suspended');

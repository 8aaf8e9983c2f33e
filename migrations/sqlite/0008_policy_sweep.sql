-- A change of rules whose figures are still being computed, slice by slice. The row goes with its last slice; after a crash it says where
-- to go on.
CREATE TABLE policy_sweep (
    scope TEXT NOT NULL,
    scope_id INTEGER NOT NULL,
    -- the last variant whose figures follow the new rules
    after_variant INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (scope, scope_id),
    CONSTRAINT policy_sweep_policy_fkey FOREIGN KEY (scope, scope_id) REFERENCES policy (scope, scope_id) ON DELETE CASCADE
) STRICT;

-- Who shares the quota that a channel counts for a whole app. Only stores of several nodes write here.

CREATE TABLE app_quota (
    -- the gateway's key, such as shopee/app/1234567
    quota TEXT NOT NULL PRIMARY KEY,
    -- grows with each node that joins
    newest INTEGER NOT NULL
) STRICT;

CREATE TABLE app_quota_user (
    quota TEXT NOT NULL REFERENCES app_quota (quota) ON DELETE CASCADE,
    node TEXT NOT NULL,
    joined INTEGER NOT NULL,
    -- it leaves room for every node that joined up to this one
    seen INTEGER NOT NULL,
    until_at INTEGER NOT NULL,
    PRIMARY KEY (quota, node)
) STRICT;

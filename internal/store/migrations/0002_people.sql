-- Who may come in, and how each proves who he is.

CREATE TABLE people (
	id       {id},
	name     TEXT NOT NULL UNIQUE, -- as it is typed at the log-in, in small letters
	display  TEXT NOT NULL,
	role     TEXT NOT NULL,
	sites    TEXT NOT NULL,        -- JSON; "null": all
	until    BIGINT NOT NULL,      -- 0: no end
	created  BIGINT NOT NULL,
	who      TEXT NOT NULL,        -- who made the account
	seen     BIGINT NOT NULL,      -- last log-in; 0: never
	handle   {blob} NOT NULL UNIQUE, -- what passkeys call the account: random, tells nothing
	password TEXT NOT NULL,        -- argon2id in PHC string format; empty: none
	second   {blob} NOT NULL,      -- TOTP secret, encrypted; empty: none
	step     BIGINT NOT NULL,      -- time step of the last TOTP code that was taken
	provider TEXT NOT NULL         -- OIDC issuer that decides about the role; empty: the owner does
);

CREATE TABLE recovery (
	person BIGINT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
	hash   {blob} NOT NULL, -- HMAC-SHA-256 of a code that was not used yet
	PRIMARY KEY (person, hash)
) {clustered};

CREATE TABLE passkeys (
	id         {id},
	person     BIGINT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
	credential {blob} NOT NULL UNIQUE,
	name       TEXT NOT NULL,
	host       TEXT NOT NULL, -- the name in the address bar that it is bound to
	body       {blob} NOT NULL, -- public key and what the authenticator said: JSON
	created    BIGINT NOT NULL,
	used       BIGINT NOT NULL
);
CREATE INDEX passkeys_person ON passkeys (person, id);

CREATE TABLE sessions (
	id      {id},
	person  BIGINT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
	hash    {blob} NOT NULL UNIQUE, -- SHA-256 of the cookie; the cookie itself is nowhere
	created BIGINT NOT NULL,
	used    BIGINT NOT NULL,
	means   TEXT NOT NULL, -- how he proved who he is
	agent   TEXT NOT NULL, -- what the browser calls itself: hostile until escaped
	addr    TEXT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person, id);
CREATE INDEX sessions_used ON sessions (used);

CREATE TABLE invites (
	person  BIGINT NOT NULL PRIMARY KEY REFERENCES people(id) ON DELETE CASCADE, -- one at a time
	hash    {blob} NOT NULL UNIQUE, -- SHA-256 of the token in the link
	anew    BIGINT NOT NULL, -- 1: whoever takes it begins anew, with no earlier password or factor
	until   BIGINT NOT NULL,
	created BIGINT NOT NULL,
	who     TEXT NOT NULL
);

CREATE TABLE outsides (
	issuer  TEXT NOT NULL,
	subject TEXT NOT NULL,
	person  BIGINT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
	PRIMARY KEY (issuer, subject)
) {clustered};
CREATE INDEX outsides_person ON outsides (person);

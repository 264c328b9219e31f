-- The tables of libs/messaging. A service has them in its own database, beside its own tables.

-- Messages to be published, written in the transaction of the state change that they follow.
create table outbox (
  position bigserial primary key,
  id text not null unique,
  kind text not null,
  type text not null,
  destination text not null,
  key text not null,
  body text not null,
  metadata jsonb not null,
  created_at timestamptz(3) not null default now(),
  published_at timestamptz(3)
);
create index outbox_unpublished on outbox (kind, position) where published_at is null;

-- Messages whose effect has happened here, written in the transaction of that effect.
create table inbox (
  source text not null,
  id text not null,
  received_at timestamptz(3) not null default now(),
  primary key (source, id)
);

-- Idempotency keys of requests, claimed before any work is done: a repeated request gets the same result.
create table idempotent_requests (
  operation text not null,
  caller text not null,
  source text not null,
  id text not null,
  -- SHA-256 of what was asked for: another request must not have the same key.
  fingerprint text not null,
  -- The id of what comes of it; nothing has that id yet if the request failed.
  result_id text not null,
  requested_at timestamptz(3) not null default now(),
  primary key (operation, caller, source, id)
);

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
  published_at timestamptz(3),
  -- Its broker refuses it for good, and why; to publish it again, set both to null.
  parked_at timestamptz(3),
  parked_reason text
);
create index outbox_unpublished on outbox (kind, position) where published_at is null and parked_at is null;
create index outbox_parked on outbox (kind, destination, key) where parked_at is not null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- What one of several replicas has at a time: the relay of a kind of message.
create table leases (
  name text primary key,
  owner text not null,
  expires_at timestamptz(3) not null
);

-- Messages whose effect has happened here, written in the transaction of that effect.
create table inbox (
  source text not null,
  id text not null,
  -- SHA-256 of type and body; another message must not have the same source and id. Empty if the sender's id is not checked.
  fingerprint text not null default '',
  received_at timestamptz(3) not null default now(),
  primary key (source, id)
);
create index inbox_received on inbox (received_at);

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
create index idempotent_requests_requested on idempotent_requests (requested_at);

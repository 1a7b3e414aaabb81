-- From where somebody has logged in before. Failed logins from there are counted apart from those of strangers.
create table login_places (
  key text not null,                          -- "account:<login>" or "id:<account's id>"
  place text not null,                        -- "address:<ip>", or "device:<hash>" of a browser's cookie
  seen_at timestamptz not null default now(),
  primary key (key, place)
);
create index login_places_by_time on login_places (seen_at);

-- Tries from elsewhere than where the code was asked for: a stranger with the link cannot use up those of the recipient.
alter table codes add column tries_elsewhere integer not null default 0;

-- Flights in the United States in 2001, from the data sets of the vega project, and the tables that our procedures fill.
CREATE TABLE airports (
  iata TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  city TEXT,
  state TEXT,
  latitude REAL NOT NULL,
  longitude REAL NOT NULL
);

-- What the airlines deliver: arrives in any order, some rows name airports that we do not know.
CREATE TABLE flights_feed (
  id INTEGER PRIMARY KEY,
  departed_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  origin TEXT NOT NULL,
  destination TEXT NOT NULL,
  distance INTEGER NOT NULL,
  delay INTEGER
);

CREATE TABLE flights (
  id INTEGER PRIMARY KEY,
  departed_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  origin TEXT NOT NULL REFERENCES airports (iata),
  destination TEXT NOT NULL REFERENCES airports (iata),
  distance INTEGER NOT NULL CHECK (distance > 0),
  delay INTEGER
);

CREATE TABLE route_stats (
  origin TEXT NOT NULL,
  destination TEXT NOT NULL,
  flights INTEGER NOT NULL,
  late INTEGER NOT NULL,
  worst_delay INTEGER,
  PRIMARY KEY (origin, destination)
);

CREATE TABLE load_log (
  id INTEGER PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  note TEXT NOT NULL
);

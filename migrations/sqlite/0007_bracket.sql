-- Units that orders of the same shop took while a stock write was on its way: the shop shows the acknowledged figure or so many fewer (I7).
ALTER TABLE offer ADD COLUMN bracket_units INTEGER NOT NULL DEFAULT 0;

-- Who was retired under an id, without looking at everybody; mostly nobody was.

CREATE INDEX device_former ON device (name) WHERE retired_at > 0;

-- HEALPix cells in NESTED numbering, and MOCs as ranges of cells of order 29.
-- K. M. Gorski et al., ApJ 622, 759 (2005); HEALPix C++ 3.82, loc2pix and pix2loc.

CREATE OR REPLACE FUNCTION satvo_functions.spread(bits bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  bits := (bits | (bits << 16)) & 281470681808895;
  bits := (bits | (bits << 8)) & 71777214294589695;
  bits := (bits | (bits << 4)) & 1085102592571150095;
  bits := (bits | (bits << 2)) & 3689348814741910323;
  RETURN (bits | (bits << 1)) & 6148914691236517205;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.gathered(bits bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  bits := bits & 6148914691236517205;
  bits := (bits | (bits >> 1)) & 3689348814741910323;
  bits := (bits | (bits >> 2)) & 1085102592571150095;
  bits := (bits | (bits >> 4)) & 71777214294589695;
  bits := (bits | (bits >> 8)) & 281470681808895;
  RETURN (bits | (bits >> 16)) & 4294967295;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.check_order(level bigint) RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF level NOT BETWEEN 0 AND 29 THEN
    PERFORM satvo_functions.refused(format('HEALPix order %s: give one from 0 to 29', level));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.healpix_index(
  level bigint, lon double precision, lat double precision
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 300 AS $$
DECLARE
  nside bigint;
  z double precision;
  turn double precision;
  aside double precision;
  jp bigint;
  jm bigint;
  face bigint;
  ix bigint;
  iy bigint;
BEGIN
  IF level NOT BETWEEN 0 AND 29 THEN
    PERFORM satvo_functions.check_order(level);
  END IF;
  IF NOT lat BETWEEN -90 AND 90 OR NOT abs(lon) < 'infinity' THEN
    PERFORM satvo_functions.refused(format(
      'position %s %s: give a finite longitude and a latitude in [-90, 90], deg',
      satvo_functions.g(lon), satvo_functions.g(lat)));
  END IF;
  nside := 1::bigint << level::integer;
  z := sin(radians(lat));
  -- In the order in which cdshealpix rounds, so that places on a border come into the same cell.
  turn := radians(lon - 360 * floor(lon / 360)) * (4 / pi()) / 2;
  IF turn >= 4 THEN
    turn := 0;
  END IF;
  face := floor(turn);
  turn := turn - face;
  IF abs(z) <= 2::double precision / 3 THEN
    jp := ceil(nside * ((turn - 0.5) - z * 0.75)) - 1 + nside * (face + 1);
    jm := floor(nside * ((turn - 0.5) + z * 0.75)) + nside * (face + 1);
    ix := jp >> level::integer;
    iy := jm >> level::integer;
    face := CASE WHEN ix = iy THEN (ix & 3) | 4 WHEN ix < iy THEN ix ELSE iy + 8 END;
    ix := jm & (nside - 1);
    iy := nside - (jp & (nside - 1)) - 1;
  ELSE
    aside := CASE WHEN abs(z) < 0.99 THEN nside * sqrt(3 * (1 - abs(z)))
      ELSE nside * cos(radians(lat)) / sqrt((1 + abs(z)) / 3) END;
    jp := least(floor(turn * aside), nside - 1);
    jm := least(floor((1 - turn) * aside), nside - 1);
    IF z >= 0 THEN
      ix := nside - jm - 1;
      iy := nside - jp - 1;
    ELSE
      face := face + 8;
      ix := jp;
      iy := jm;
    END IF;
  END IF;
  RETURN (face << (2 * level::integer))
    | satvo_functions.spread(ix) | (satvo_functions.spread(iy) << 1);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.healpix_center(level bigint, cell bigint)
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 300 AS $$
DECLARE
  nside bigint;
  face integer;
  ix bigint;
  iy bigint;
  ring bigint;
  quarter bigint;
  along bigint;
  depth double precision;
  z double precision;
  sine double precision;
BEGIN
  PERFORM satvo_functions.check_order(level);
  nside := 1::bigint << level::integer;
  IF cell < 0 OR cell >= 12 * nside * nside THEN
    PERFORM satvo_functions.refused(format('cell %s of order %s: give an index from 0 to %s',
      cell, level, 12 * nside * nside - 1));
  END IF;
  face := cell >> (2 * level::integer);
  cell := cell & (nside * nside - 1);
  ix := satvo_functions.gathered(cell);
  iy := satvo_functions.gathered(cell >> 1);
  ring := ('{2,2,2,2,3,3,3,3,4,4,4,4}'::bigint[])[face + 1] * nside - ix - iy - 1;
  quarter := least(ring, 4 * nside - ring, nside);
  IF quarter < nside THEN
    depth := (quarter::double precision / nside) ^ 2 / 3;
    z := 1 - depth;
    sine := sqrt(depth * (2 - depth));
    IF ring > nside THEN
      z := -z;
    END IF;
  ELSE
    z := (2 * nside - ring) * 2::double precision / (3 * nside);
    sine := sqrt((1 - z) * (1 + z));
  END IF;
  along := ('{1,3,5,7,0,2,4,6,1,3,5,7}'::bigint[])[face + 1] * quarter + ix - iy;
  IF along < 0 THEN
    along := along + 8 * quarter;
  END IF;
  RETURN ARRAY[45 * (along::double precision / quarter), degrees(atan2(z, sine))];
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.moc_item(word text, level integer)
RETURNS int8range LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  ends text[] := string_to_array(regexp_replace(word, '^[0-9]*/', ''), '-');
  first numeric;
  last numeric;
  shift integer := 2 * (29 - level);
BEGIN
  IF word !~ '^([0-9]{1,2}/)?([0-9]{1,19}(-[0-9]{1,19})?)?$' THEN
    PERFORM satvo_functions.refused(format(
      'MOC: ''%s'' is no cell; write order/cell or order/first-last', left(word, 40)));
  ELSIF level IS NULL OR level > 29 THEN
    PERFORM satvo_functions.refused(format(
      'MOC: ''%s'' has no order from 0 to 29 before it', left(word, 40)));
  END IF;
  first := nullif(ends[1], '');
  last := coalesce(nullif(ends[2], ''), first::text);
  IF last < first OR last >= 12 * 4 ^ level::numeric THEN
    PERFORM satvo_functions.refused(format('MOC: %s: cells of order %s are from 0 to %s',
      left(word, 40), level, (12::bigint << (2 * level)) - 1));
  END IF;
  RETURN int8range(first::bigint << shift, (last::bigint + 1) << shift);
END $$;

-- The coverage that a string says: orders, each with a stroke, and cells or ranges of cells.
CREATE OR REPLACE FUNCTION satvo_functions.moc(written text) RETURNS int8multirange
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
  word text;
  level integer;
  found int8range[] := '{}';
BEGIN
  IF btrim(written, E' ,\t\r\n') = '' THEN
    PERFORM satvo_functions.refused('MOC: the text is empty; write order/cells, such as 4/30-33 38');
  END IF;
  FOREACH word IN ARRAY regexp_split_to_array(btrim(written, E' ,\t\r\n'), '[ ,\t\r\n]+') LOOP
    level := coalesce(substring(word FROM '^([0-9]{1,2})/')::integer, level);
    found := found || satvo_functions.moc_item(word, level);
  END LOOP;
  RETURN (SELECT coalesce(range_agg(r), '{}') FROM unnest(found) AS r
          WHERE lower(r) IS NOT NULL);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.moc_area(cells int8multirange) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(sum(upper(r) - lower(r)), 0)::double precision
    / (12::bigint << 58)::double precision * (129600 / pi())
  FROM unnest(cells) AS r $$;

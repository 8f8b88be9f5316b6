-- Points, circles and polygons as lists of degrees: what satvo.schemas.regions does, and why, is
-- said there. Two numbers are a point, three a circle, six or more a polygon.

-- A number as C's %g writes it.
CREATE OR REPLACE FUNCTION satvo_functions.g(x double precision) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET extra_float_digits = -9 AS $$
BEGIN
  RETURN replace(replace(x::text, 'Infinity', 'inf'), 'NaN', 'nan');
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.shown(region double precision[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE cardinality(region) WHEN 2 THEN 'point' WHEN 3 THEN 'circle' ELSE 'polygon' END
    || ' ' || (SELECT string_agg(satvo_functions.g(x), ' ' ORDER BY place)
      FROM unnest(region[1:8]) WITH ORDINALITY AS r(x, place))
    || CASE WHEN cardinality(region) > 8 THEN ' ...' ELSE '' END;
END $$;

-- The region with its longitudes in [0, 360), or an error that says what is wrong with it.
CREATE OR REPLACE FUNCTION satvo_functions.checked(region double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  n integer := cardinality(region);
BEGIN
  FOR i IN 1..n LOOP
    IF NOT abs(region[i]) < 'infinity' THEN
      PERFORM satvo_functions.refused(format('%s: %s is not finite; give numbers of degrees',
        satvo_functions.shown(region), satvo_functions.g(region[i])));
    ELSIF i % 2 = 0 AND NOT region[i] BETWEEN -90 AND 90 THEN
      PERFORM satvo_functions.refused(format(
        '%s: latitude %s is outside [-90, 90]; give degrees, longitude before latitude',
        satvo_functions.shown(region), satvo_functions.g(region[i])));
    ELSIF n = 3 AND i = 3 THEN
      IF NOT region[3] BETWEEN 0 AND 180 THEN
        PERFORM satvo_functions.refused(format('%s: radius %s is outside [0, 180]; give degrees',
          satvo_functions.shown(region), satvo_functions.g(region[3])));
      END IF;
    ELSIF i % 2 = 1 AND NOT region[i] BETWEEN 0 AND 359.99999 THEN
      region[i] := region[i] - 360 * floor(region[i] / 360);
      IF region[i] >= 360 THEN
        region[i] := 0;
      END IF;
    END IF;
    IF abs(region[i]) < 1e-60 THEN
      region[i] := 0;  -- its square would be too small for a number
    END IF;
  END LOOP;
  IF n <> 2 AND n <> 3 AND (n % 2 = 1 OR n < 6) THEN
    PERFORM satvo_functions.refused(format('%s: %s values; give an even number, longitude and '
      'latitude in turn, of 3 or more vertices', satvo_functions.shown(region), n));
  END IF;
  RETURN region;
END $$;

-- What a string says, as a region of this kind.
CREATE OR REPLACE FUNCTION satvo_functions.region(written text, xtype text)
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  region double precision[];
  number text := '[-+]?(([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]{1,9})?|inf|infinity|nan)';
  wanted integer := CASE xtype WHEN 'point' THEN 2 WHEN 'circle' THEN 3 END;
BEGIN
  IF btrim(written, E' \t\r\n') !~* concat('^(', number, '([ \t\r\n]+|$))+$') THEN
    -- Without EXCEPTION, which a query on several cores cannot have.
    PERFORM satvo_functions.refused(format('%s %s: not numbers; give degrees', xtype, written));
  END IF;
  region := regexp_split_to_array(btrim(written, E' \t\r\n'), '[ \t\r\n]+')::double precision[];
  IF cardinality(region) <> wanted THEN
    PERFORM satvo_functions.refused(format('%s %s: %s values; give %s', xtype,
      (SELECT string_agg(satvo_functions.g(x), ' ' ORDER BY place)
        FROM unnest(region[1:8]) WITH ORDINALITY AS r(x, place)), cardinality(region), wanted));
  ELSIF wanted IS NULL THEN
    IF cardinality(region) < 6 THEN
      PERFORM satvo_functions.refused(format('polygon %s: %s values; give an even number, '
        'longitude and latitude in turn, of 3 or more vertices',
        (SELECT string_agg(satvo_functions.g(x), ' ' ORDER BY place)
          FROM unnest(region) WITH ORDINALITY AS r(x, place)), cardinality(region)));
    END IF;
    PERFORM satvo_functions.edges(satvo_functions.checked(region));
  END IF;
  RETURN satvo_functions.checked(region);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.place(
  x double precision, y double precision, z double precision
) RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  lon double precision := degrees(atan2(y, x));
BEGIN
  lon := CASE WHEN lon < 0 THEN lon + 360 ELSE lon END;
  RETURN ARRAY[CASE WHEN lon >= 360 THEN 0 ELSE lon END, degrees(atan2(z, sqrt(x * x + y * y)))];
END $$;

-- Centre and radius, rad, of a circle that holds the region: the region itself, if it is one.
CREATE OR REPLACE FUNCTION satvo_functions.extent(region double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  edges double precision[];
  cap double precision[];
BEGIN
  IF cardinality(region) > 3 THEN
    edges := satvo_functions.edges(region);
    cap := satvo_functions.cap(edges);
    RETURN CASE WHEN cap[4] >= 0 THEN cap ELSE edges[1:3] || pi() END;
  END IF;
  RETURN ARRAY[cos(radians(region[2])) * cos(radians(region[1])),
    cos(radians(region[2])) * sin(radians(region[1])), sin(radians(region[2])),
    coalesce(radians(region[3]), 0)];
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.extents_angle(u double precision[], v double precision[])
RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN satvo_functions.angle(u[1], u[2], u[3], v[1], v[2], v[3]);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.circle_contains(
  inner_region double precision[], inner_extent double precision[], circle double precision[]
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  shape double precision[];
BEGIN
  IF pi() - circle[4] <= 1e-12 THEN
    RETURN true;
  ELSIF cardinality(inner_region) <= 3 THEN
    RETURN satvo_functions.extents_angle(inner_extent, circle) + inner_extent[4] <= circle[4] + 1e-12;
  END IF;
  -- All vertices in the circle is not enough beyond 90 deg: the rest of the sphere, a circle about
  -- the antipode, must stay clear of the polygon.
  shape := satvo_functions.shape(inner_region);
  RETURN satvo_functions.side(shape, -circle[1], -circle[2], -circle[3]) <= 0
    AND satvo_functions.boundary_distance(shape, -circle[1], -circle[2], -circle[3])
      >= pi() - circle[4] - 1e-12;
END $$;

-- Whether a region lies wholly in another; boundaries may touch.
CREATE OR REPLACE FUNCTION satvo_functions.contains(
  inner_region double precision[], outer_region double precision[]
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
DECLARE
  u double precision[];
  v double precision[];
  shape double precision[];
BEGIN
  inner_region := satvo_functions.checked(inner_region);
  outer_region := satvo_functions.checked(outer_region);
  u := satvo_functions.extent(inner_region);
  v := satvo_functions.extent(outer_region);
  IF satvo_functions.extents_angle(u, v) > u[4] + v[4] + 1e-12 THEN
    RETURN false;
  ELSIF cardinality(outer_region) = 3 THEN
    RETURN satvo_functions.circle_contains(inner_region, u, v);
  ELSIF cardinality(outer_region) = 2 THEN
    RETURN cardinality(inner_region) <= 3 AND u[4] <= 1e-12;
  END IF;
  shape := satvo_functions.shape(outer_region);
  IF cardinality(inner_region) > 3 THEN
    RETURN satvo_functions.polygon_covers(shape, satvo_functions.shape(inner_region));
  END IF;
  RETURN satvo_functions.side(shape, u[1], u[2], u[3]) >= 0
    AND satvo_functions.boundary_distance(shape, u[1], u[2], u[3]) >= u[4] - 1e-12;
END $$;

-- Whether two regions have a point in common; touching boundaries do.
CREATE OR REPLACE FUNCTION satvo_functions.intersects(a double precision[], b double precision[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
DECLARE
  u double precision[];
  v double precision[];
  shape double precision[];
BEGIN
  a := satvo_functions.checked(a);
  b := satvo_functions.checked(b);
  u := satvo_functions.extent(a);
  v := satvo_functions.extent(b);
  IF satvo_functions.extents_angle(u, v) > u[4] + v[4] + 1e-12 THEN
    RETURN false;
  ELSIF cardinality(a) > 3 AND cardinality(b) > 3 THEN
    RETURN satvo_functions.polygons_meet(satvo_functions.shape(a), satvo_functions.shape(b));
  ELSIF cardinality(a) <= 3 AND cardinality(b) <= 3 THEN
    RETURN true;
  ELSIF cardinality(a) > 3 THEN
    shape := satvo_functions.shape(a);
    u := v;
  ELSE
    shape := satvo_functions.shape(b);
  END IF;
  RETURN satvo_functions.side(shape, u[1], u[2], u[3]) >= 0
    OR satvo_functions.boundary_distance(shape, u[1], u[2], u[3]) <= u[4] + 1e-12;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.in_circle(
  lon double precision, lat double precision,
  centre_lon double precision, centre_lat double precision, radius double precision
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN lat BETWEEN -90 AND 90 AND centre_lat BETWEEN -90 AND 90 AND radius BETWEEN 0 AND 180
    AND satvo_functions.distance(ARRAY[lon, lat], ARRAY[centre_lon, centre_lat])
      <= radius + degrees(1e-12);
END $$;

-- The angle between two points, deg.
CREATE OR REPLACE FUNCTION satvo_functions.distance(a double precision[], b double precision[])
RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  turn double precision := radians(b[1] - a[1]);
  sin1 double precision := sin(radians(a[2]));
  cos1 double precision := cos(radians(a[2]));
  sin2 double precision := sin(radians(b[2]));
  cos2 double precision := cos(radians(b[2]));
BEGIN
  RETURN degrees(atan2(sqrt(satvo_functions.sq(cos2 * sin(turn))
    + satvo_functions.sq(sin(radians(b[2] - a[2])) + 2 * sin1 * cos2 * satvo_functions.sq(sin(turn / 2)))),
    sin1 * sin2 + cos1 * cos2 * cos(turn)));
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.area(region double precision[]) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  region := satvo_functions.checked(region);
  RETURN CASE cardinality(region) WHEN 2 THEN 0
    WHEN 3 THEN 4 * pi() * satvo_functions.sq(sin(radians(region[3]) / 2)) * degrees(1) * degrees(1)
    ELSE satvo_functions.polygon_area(satvo_functions.shape(region)) END;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.centroid(region double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  region := satvo_functions.checked(region);
  IF cardinality(region) <= 3 THEN
    RETURN region[1:2];
  END IF;
  RETURN satvo_functions.polygon_centroid(satvo_functions.shape(region));
END $$;

-- The polygon whose corners are half a width and half a height off in the coordinates.
CREATE OR REPLACE FUNCTION satvo_functions.box(given double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  low double precision := given[2] - given[4] / 2;
  high double precision := given[2] + given[4] / 2;
  west double precision := given[1] - given[3] / 2;
  east double precision := given[1] + given[3] / 2;
  written text;
BEGIN
  IF NOT (given[3] > 0 AND given[3] < 180 AND given[4] > 0)
      OR NOT greatest(-low, high) <= 90 + 1e-9 THEN
    written := (SELECT 'box ' || string_agg(satvo_functions.g(x), ' ' ORDER BY place)
      FROM unnest(given) WITH ORDINALITY AS r(x, place));
    IF given[3] > 0 AND given[3] < 180 AND given[4] > 0 THEN
      PERFORM satvo_functions.refused(format('%s: latitudes %s to %s leave [-90, 90]; give a '
        'polygon or a circle around the pole', written, satvo_functions.g(low),
        satvo_functions.g(high)));
    END IF;
    PERFORM satvo_functions.refused(written
      || ': give a width above 0 and under 180 deg and a height above 0 deg');
  END IF;
  low := greatest(low, -90);
  high := least(high, 90);
  given := ARRAY[west, low, west, high, east, high, east, low];
  PERFORM satvo_functions.edges(satvo_functions.checked(given));
  RETURN satvo_functions.checked(given);
END $$;

-- How deep inside a circle or a polygon a place lies, rad; negative outside.
CREATE OR REPLACE FUNCTION satvo_functions.depth(
  place double precision[], extent double precision[], shape double precision[]
) RETURNS double precision LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  u double precision[] := satvo_functions.extent(place);
  away double precision;
BEGIN
  IF shape IS NULL THEN
    RETURN extent[4] - satvo_functions.extents_angle(u, extent);
  END IF;
  away := satvo_functions.boundary_distance(shape, u[1], u[2], u[3]);
  RETURN CASE WHEN satvo_functions.side(shape, u[1], u[2], u[3]) >= 0 THEN away ELSE -away END;
END $$;

-- From a cell's centre to its farthest corner, rad, that no cell of the order exceeds: HEALPix
-- C++ 3.82, Healpix_Base::max_pixrad.
CREATE OR REPLACE FUNCTION satvo_functions.reach(level integer) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT radians(satvo_functions.distance(
      ARRAY[45 / nside, degrees(asin(2::double precision / 3))],
      ARRAY[0, degrees(asin(1 - (1 - 1 / nside) * (1 - 1 / nside) / 3))])) + 1e-12
  FROM (SELECT 2::double precision ^ level AS nside) AS n $$;

-- Whether the cells that a region touches, its edge followed to 1/256 of its extent, are all in a
-- MOC, or any of them. Of the cells that are halved, those are left out that can decide nothing.
CREATE OR REPLACE FUNCTION satvo_functions.touches(
  region double precision[], moc int8multirange, wholly boolean
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 100000 AS $$
DECLARE
  extent double precision[];
  shape double precision[];
  level integer := 0;
  finest integer;
  reach double precision;
  cells bigint[] := '{0,1,2,3,4,5,6,7,8,9,10,11}';
  decided boolean;
BEGIN
  region := satvo_functions.checked(region);
  IF cardinality(region) = 2 THEN
    RETURN moc @> satvo_functions.healpix_index(29, region[1], region[2]);
  END IF;
  extent := satvo_functions.extent(region);
  IF cardinality(region) > 3 THEN
    shape := satvo_functions.shape(region);
  END IF;
  finest := least(29, greatest(0, ceil(
    log(2, (58.6 * 256 / greatest(degrees(extent[4]), 1e-9))::numeric))::integer));
  LOOP
    reach := satvo_functions.reach(level);
    SELECT bool_or(depth >= CASE WHEN level < finest THEN reach ELSE -reach END),
      array_agg(cell) FILTER (WHERE depth < reach AND depth >= -reach)
    INTO decided, cells
    FROM (
      SELECT cell, satvo_functions.depth(
        satvo_functions.healpix_center(level, cell), extent, shape) AS depth
      FROM unnest(cells) AS cell,
        int8range(cell << (58 - 2 * level), (cell + 1) << (58 - 2 * level)) AS part
      WHERE CASE WHEN wholly THEN NOT moc @> part ELSE moc && part END
    ) AS placed;
    IF decided THEN
      RETURN NOT wholly;
    ELSIF level = finest OR cells IS NULL THEN
      RETURN wholly;
    END IF;
    level := level + 1;
    cells := (SELECT array_agg(4 * cell + child)
      FROM unnest(cells) AS cell, generate_series(0, 3) AS child);
  END LOOP;
END $$;

-- The degrees that the text of a region says (satvo.schemas.region_text.region_numbers).
CREATE OR REPLACE FUNCTION satvo_functions.region_numbers(written text) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
  words text[] := regexp_split_to_array(btrim(written, E' \t\r\n'), '[ \t\r\n]+');
  shape text := upper(words[1]);
  place integer := 2;
  numbers double precision[];
  wanted integer;
BEGIN
  IF shape ~ '^[-+.0-9]' THEN
    shape := 'POLYGON';
    place := 1;
  ELSIF shape = 'MOC' THEN
    PERFORM satvo_functions.refused('a MOC is no value of xtype adql:REGION here; give a polygon '
      'or a circle');
  ELSIF shape NOT IN ('POSITION', 'POINT', 'CIRCLE', 'BOX', 'POLYGON') THEN
    PERFORM satvo_functions.refused(format('''%s'' is no region; write POSITION, CIRCLE, POLYGON '
      'or BOX and its numbers in degrees', left(written, 60)));
  END IF;
  WHILE words[place] ~ '^[[:alpha:]]' LOOP
    IF upper(words[place]) NOT IN ('ICRS', 'UNKNOWNFRAME', 'GEOCENTER', 'BARYCENTER',
        'HELIOCENTER', 'TOPOCENTER', 'GALACTIC_CENTER', 'LSR', 'LSRK', 'LSRD', 'EMBARYCENTER',
        'RELOCATABLE', 'UNKNOWNREFPOS', 'SPHERICAL2') THEN
      PERFORM satvo_functions.refused(format('''%s'' is no frame that is known here, no reference '
        'position and no flavour; write the region in ICRS', left(words[place], 60)));
    END IF;
    place := place + 1;
  END LOOP;
  words := words[place:];
  IF array_to_string(words, ' ')
      !~* '^([-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]{1,9})?( |$))*$' THEN
    PERFORM satvo_functions.refused(format('''%s'': not numbers of degrees', left(written, 60)));
  END IF;
  numbers := words::double precision[];
  wanted := CASE shape WHEN 'POSITION' THEN 2 WHEN 'POINT' THEN 2 WHEN 'CIRCLE' THEN 3
    WHEN 'BOX' THEN 4 END;
  IF cardinality(numbers) <> wanted
      OR (wanted IS NULL AND (cardinality(numbers) < 6 OR cardinality(numbers) % 2 = 1)) THEN
    PERFORM satvo_functions.refused(format('%s of %s numbers; give %s', shape,
      cardinality(numbers), coalesce(wanted::text, 'an even number, six or more')));
  END IF;
  RETURN CASE WHEN shape = 'BOX' THEN satvo_functions.box(numbers) ELSE numbers END;
END $$;

-- A rectangle of right ascension and declination that holds a circle, deg; the index of regions is
-- of these. One that comes to a pole, or over 0, is as wide as the sky.
CREATE OR REPLACE FUNCTION satvo_functions.sky_box(
  lon double precision, lat double precision, radius double precision
) RETURNS box LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  reach double precision := least(radius + 1e-7, 180);
  half double precision := 360;
BEGIN
  IF NOT (abs(lon) < 'infinity' AND abs(lat) <= 90 AND radius >= 0) THEN
    RETURN NULL;
  END IF;
  lon := lon - 360 * floor(lon / 360);
  IF abs(lat) + reach < 89.9 THEN
    half := degrees(asin(sin(radians(reach)) / cos(radians(lat)))) + 1e-7;
  END IF;
  IF lon - half < 0 OR lon + half > 360 THEN
    RETURN box(point(0, lat - reach), point(360, lat + reach));
  END IF;
  RETURN box(point(lon - half, lat - reach), point(lon + half, lat + reach));
END $$;

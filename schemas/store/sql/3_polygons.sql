-- Polygons with great circle edges: what satvo.schemas.spherical_polygon does, and why, is said
-- there. A shape is a list of numbers: 1 the count of edges; 2-4 the centre of a cap that holds the
-- polygon and 5 its radius, rad, -1 for none; 6-8 the reference; 9 whether its antipode is of the
-- other class; 10 whether it is inside; 11-13 the apex; then 18 for each edge: its start, its end,
-- its normal, the directions 90 deg from its start and from its end, and reference x start.

CREATE OR REPLACE FUNCTION satvo_functions.angle(
  ux double precision, uy double precision, uz double precision,
  vx double precision, vy double precision, vz double precision
) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 2 * atan2(
    sqrt((ux - vx) * (ux - vx) + (uy - vy) * (uy - vy) + (uz - vz) * (uz - vz)),
    sqrt((ux + vx) * (ux + vx) + (uy + vy) * (uy + vy) + (uz + vz) * (uz + vz))) $$;

-- Start and normal of each edge: 18 numbers, of which those that need the reference are still 0.
CREATE OR REPLACE FUNCTION satvo_functions.edges(region double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  given integer := cardinality(region) / 2;
  n integer := 0;
  o integer;
  p integer;
  x double precision[];
  y double precision[];
  z double precision[];
  a double precision;
  b double precision;
  c double precision;
  size double precision;
  out double precision[];
BEGIN
  FOR i IN 1..given LOOP
    a := radians(region[2 * i - 1]);
    b := radians(region[2 * i]);
    x[i] := cos(b) * cos(a);
    y[i] := cos(b) * sin(a);
    z[i] := sin(b);
  END LOOP;
  out := array_fill(0::double precision, ARRAY[18 * given]);
  FOR i IN 1..given LOOP
    p := CASE WHEN i = 1 THEN given ELSE i - 1 END;
    IF sqrt((x[i] - x[p]) ^ 2 + (y[i] - y[p]) ^ 2 + (z[i] - z[p]) ^ 2) > 4e-12 THEN
      out[18 * n + 1] := x[i];
      out[18 * n + 2] := y[i];
      out[18 * n + 3] := z[i];
      n := n + 1;
    END IF;
  END LOOP;
  IF n < 3 THEN
    PERFORM satvo_functions.refused(satvo_functions.shown(region)
      || ': fewer than 3 distinct vertices; give 3 or more');
  END IF;
  out := trim_array(out, 18 * (given - n));
  FOR i IN 0..n - 1 LOOP
    o := 18 * i;
    p := 18 * ((i + 1) % n);
    IF sqrt((out[o+1] + out[p+1]) ^ 2 + (out[o+2] + out[p+2]) ^ 2 + (out[o+3] + out[p+3]) ^ 2)
        < 1e-9 THEN
      PERFORM satvo_functions.refused(satvo_functions.shown(region)
        || ': two vertices in sequence are 180 deg apart, no single great circle joins them; '
        || 'give a vertex between them');
    END IF;
    out[o+4] := out[p+1];
    out[o+5] := out[p+2];
    out[o+6] := out[p+3];
    a := out[o+2] * (out[p+3] - out[o+3]) - out[o+3] * (out[p+2] - out[o+2]);
    b := out[o+3] * (out[p+1] - out[o+1]) - out[o+1] * (out[p+3] - out[o+3]);
    c := out[o+1] * (out[p+2] - out[o+2]) - out[o+2] * (out[p+1] - out[o+1]);
    size := sqrt(a * a + b * b + c * c);
    a := a / size;
    b := b / size;
    c := c / size;
    out[o+7] := a;
    out[o+8] := b;
    out[o+9] := c;
    out[o+10] := b * out[o+3] - c * out[o+2];
    out[o+11] := c * out[o+1] - a * out[o+3];
    out[o+12] := a * out[o+2] - b * out[o+1];
    out[o+13] := out[p+2] * c - out[p+3] * b;
    out[o+14] := out[p+3] * a - out[p+1] * c;
    out[o+15] := out[p+1] * b - out[p+2] * a;
  END LOOP;
  RETURN out;
END $$;

-- Centre and radius, rad, of a cap under 90 deg with all vertices; a radius of -1 for none.
CREATE OR REPLACE FUNCTION satvo_functions.cap(edges double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  n integer := cardinality(edges) / 18;
  x double precision := 0;
  y double precision := 0;
  z double precision := 0;
  size double precision;
  nearest double precision := 1;
  farthest double precision := 0;
BEGIN
  FOR o IN 0..18 * (n - 1) BY 18 LOOP
    x := x + edges[o+1];
    y := y + edges[o+2];
    z := z + edges[o+3];
  END LOOP;
  size := sqrt(x * x + y * y + z * z);
  IF size / n < 1e-3 THEN
    RETURN '{0,0,0,-1}';
  END IF;
  x := x / size;
  y := y / size;
  z := z / size;
  FOR o IN 0..18 * (n - 1) BY 18 LOOP
    nearest := least(nearest, x * edges[o+1] + y * edges[o+2] + z * edges[o+3]);
    farthest := greatest(farthest,
      sqrt((x - edges[o+1]) ^ 2 + (y - edges[o+2]) ^ 2 + (z - edges[o+3]) ^ 2));
  END LOOP;
  IF nearest < 1e-6 THEN
    RETURN '{0,0,0,-1}';
  END IF;
  RETURN ARRAY[x, y, z, 2 * asin(farthest / 2)];
END $$;

-- A direction far from every edge's great circle; 90 deg from the centre of the cap, if there is one.
CREATE OR REPLACE FUNCTION satvo_functions.reference(
  edges double precision[], cap double precision[]
) RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  f double precision[];
  size double precision;
  turn double precision;
  tried double precision[];
  clear double precision;
  best double precision := -1;
  found double precision[];
BEGIN
  IF cap[4] >= 0 THEN
    f := CASE
      WHEN abs(cap[1]) <= abs(cap[2]) AND abs(cap[1]) <= abs(cap[3]) THEN ARRAY[0, cap[3], -cap[2]]
      WHEN abs(cap[2]) <= abs(cap[3]) THEN ARRAY[-cap[3], 0, cap[1]]
      ELSE ARRAY[cap[2], -cap[1], 0] END;
    size := sqrt(f[1] * f[1] + f[2] * f[2] + f[3] * f[3]);
    f := ARRAY[f[1] / size, f[2] / size, f[3] / size,
      (cap[2] * f[3] - cap[3] * f[2]) / size, (cap[3] * f[1] - cap[1] * f[3]) / size,
      (cap[1] * f[2] - cap[2] * f[1]) / size];
  END IF;
  FOR i IN 1..32 LOOP
    turn := i / 1.618033988749895::double precision;
    IF cap[4] >= 0 THEN
      tried := ARRAY[cos(pi() * turn) * f[1] + sin(pi() * turn) * f[4],
        cos(pi() * turn) * f[2] + sin(pi() * turn) * f[5],
        cos(pi() * turn) * f[3] + sin(pi() * turn) * f[6]];
    ELSE
      size := (i - 0.5) / 32;
      tried := ARRAY[sqrt(1 - size * size) * cos(2 * pi() * turn),
        sqrt(1 - size * size) * sin(2 * pi() * turn), size];
    END IF;
    clear := 1;
    FOR o IN 0..cardinality(edges) - 18 BY 18 LOOP
      clear := least(clear,
        abs(tried[1] * edges[o+7] + tried[2] * edges[o+8] + tried[3] * edges[o+9]));
      EXIT WHEN clear <= best;
    END LOOP;
    IF clear > best THEN
      best := clear;
      found := tried;
    END IF;
    EXIT WHEN best > 0.1;
  END LOOP;
  RETURN found;
END $$;

-- Whether the arc from a point to `sign` times the reference crosses an odd number of edges; an
-- edge that the point is put to the left of is counted from 0.
CREATE OR REPLACE FUNCTION satvo_functions.odd(
  shape double precision[], x double precision, y double precision, z double precision,
  sign integer, left_of integer
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  last integer := 13 + 18 * (shape[1]::integer - 1);
  up boolean;
  following boolean;
  odd boolean := false;
  above boolean;
  target boolean;
BEGIN
  following := sign * (shape[29] * x + shape[30] * y + shape[31] * z) >= 0;
  FOR o IN REVERSE last..13 BY 18 LOOP
    up := sign * (shape[o+16] * x + shape[o+17] * y + shape[o+18] * z) >= 0;
    IF up <> following THEN
      target := (shape[o+7] * shape[6] + shape[o+8] * shape[7] + shape[o+9] * shape[8] > 0)
        = (sign > 0);
      IF up = target THEN
        above := ((o - 13) / 18 = left_of) IS TRUE
          OR shape[o+7] * x + shape[o+8] * y + shape[o+9] * z >= 0;
        IF (NOT above) = target THEN
          odd := NOT odd;
        END IF;
      END IF;
    END IF;
    following := up;
  END LOOP;
  RETURN odd;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.unlike_reference(
  shape double precision[], x double precision, y double precision, z double precision,
  left_of integer
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  sign integer := CASE WHEN shape[6] * x + shape[7] * y + shape[8] * z >= 0 THEN 1 ELSE -1 END;
BEGIN
  RETURN satvo_functions.odd(shape, x, y, z, sign, left_of) <> (shape[9] = 1 AND sign < 0);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.edge_rows(shape double precision[])
RETURNS TABLE (
  edge integer, sx double precision, sy double precision, sz double precision,
  ex double precision, ey double precision, ez double precision,
  nx double precision, ny double precision, nz double precision,
  fx double precision, fy double precision, fz double precision,
  gx double precision, gy double precision, gz double precision
) LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  FOR k IN 0..shape[1]::integer - 1 LOOP
    edge := k;
    sx := shape[18*k+14]; sy := shape[18*k+15]; sz := shape[18*k+16];
    ex := shape[18*k+17]; ey := shape[18*k+18]; ez := shape[18*k+19];
    nx := shape[18*k+20]; ny := shape[18*k+21]; nz := shape[18*k+22];
    fx := shape[18*k+23]; fy := shape[18*k+24]; fz := shape[18*k+25];
    gx := shape[18*k+26]; gy := shape[18*k+27]; gz := shape[18*k+28];
    RETURN NEXT;
  END LOOP;
END $$;

-- The edges of one shape cut where those of another, which may be the same, cross or touch them.
CREATE OR REPLACE FUNCTION satvo_functions.pieces(shape double precision[], other double precision[])
RETURNS TABLE (
  edge integer, sx double precision, sy double precision, sz double precision,
  ex double precision, ey double precision, ez double precision,
  mx double precision, my double precision, mz double precision, length double precision
) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  WITH a AS MATERIALIZED (SELECT * FROM satvo_functions.edge_rows(shape)),
  b AS MATERIALIZED (SELECT * FROM satvo_functions.edge_rows(other)),
  near AS (
    SELECT a.edge, a.nx AS ax, a.ny AS ay, a.nz AS az, a.fx, a.fy, a.fz, a.gx, a.gy, a.gz,
      b.nx, b.ny, b.nz, b.fx AS bfx, b.fy AS bfy, b.fz AS bfz, b.gx AS bgx, b.gy AS bgy,
      b.gz AS bgz, b.sx, b.sy, b.sz, a.nx * b.sx + a.ny * b.sy + a.nz * b.sz AS height
    FROM a, b
    WHERE NOT (a.nx * b.sx + a.ny * b.sy + a.nz * b.sz > 1e-9
      AND a.nx * b.ex + a.ny * b.ey + a.nz * b.ez > 1e-9)
    AND NOT (a.nx * b.sx + a.ny * b.sy + a.nz * b.sz < -1e-9
      AND a.nx * b.ex + a.ny * b.ey + a.nz * b.ez < -1e-9)
  ),
  lines AS (
    SELECT *, ay * nz - az * ny AS x, az * nx - ax * nz AS y, ax * ny - ay * nx AS z FROM near
  ),
  sines AS (SELECT *, sqrt(x * x + y * y + z * z) AS sine FROM lines),
  cuts AS (
    SELECT a.edge, a.sx AS x, a.sy AS y, a.sz AS z FROM a
    UNION ALL SELECT a.edge, a.ex, a.ey, a.ez FROM a
    UNION ALL SELECT n.edge, n.sx, n.sy, n.sz FROM near AS n
    WHERE abs(n.height) <= 1e-12
      AND n.fx * n.sx + n.fy * n.sy + n.fz * n.sz >= -1e-12
      AND n.gx * n.sx + n.gy * n.sy + n.gz * n.sz >= -1e-12
    UNION ALL SELECT s.edge, p.x, p.y, p.z FROM sines AS s
    CROSS JOIN (VALUES (1), (-1)) AS half(sign)
    CROSS JOIN LATERAL (SELECT half.sign * s.x / s.sine AS x, half.sign * s.y / s.sine AS y,
      half.sign * s.z / s.sine AS z OFFSET 0) AS p
    WHERE s.sine > 1e-15
      AND s.fx * p.x + s.fy * p.y + s.fz * p.z >= -1e-12
      AND s.gx * p.x + s.gy * p.y + s.gz * p.z >= -1e-12
      AND s.bfx * p.x + s.bfy * p.y + s.bfz * p.z >= -1e-12
      AND s.bgx * p.x + s.bgy * p.y + s.bgz * p.z >= -1e-12
  ),
  placed AS (
    SELECT a.*, atan2(a.fx * c.x + a.fy * c.y + a.fz * c.z,
      a.sx * c.x + a.sy * c.y + a.sz * c.z) AS along
    FROM cuts AS c JOIN a ON a.edge = c.edge
  ),
  ordered AS (
    SELECT *, lead(along) OVER (PARTITION BY edge ORDER BY along) AS following FROM placed
  )
  SELECT o.edge,
    cos(along) * o.sx + sin(along) * fx, cos(along) * o.sy + sin(along) * fy,
    cos(along) * o.sz + sin(along) * fz,
    cos(following) * o.sx + sin(following) * fx, cos(following) * o.sy + sin(following) * fy,
    cos(following) * o.sz + sin(following) * fz,
    cos((along + following) / 2) * o.sx + sin((along + following) / 2) * fx,
    cos((along + following) / 2) * o.sy + sin((along + following) / 2) * fy,
    cos((along + following) / 2) * o.sz + sin((along + following) / 2) * fz,
    following - along
  FROM ordered AS o WHERE following - along > 1e-12 $$;

-- The pieces, whether left of each is not the reference's class, and the signed areas of the
-- triangles on them from the apex.
CREATE OR REPLACE FUNCTION satvo_functions.outline(shape double precision[])
RETURNS TABLE (
  edge integer, sx double precision, sy double precision, sz double precision,
  ex double precision, ey double precision, ez double precision, length double precision,
  left_unlike boolean, area double precision
) LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  WITH sided AS (
    SELECT p.*, satvo_functions.unlike_reference(shape, p.mx, p.my, p.mz, p.edge) AS unlike,
      shape[11] AS ax, shape[12] AS ay, shape[13] AS az
    FROM satvo_functions.pieces(shape, shape) AS p
  )
  SELECT edge, sx, sy, sz, ex, ey, ez, length, unlike,
    CASE WHEN unlike THEN 2 ELSE -2 END * atan2(
      ((sy - ay) * (ez - az) - (sz - az) * (ey - ay)) * ax
      + ((sz - az) * (ex - ax) - (sx - ax) * (ez - az)) * ay
      + ((sx - ax) * (ey - ay) - (sy - ay) * (ex - ax)) * az,
      1 + (sx * ax + sy * ay + sz * az) + (ex * ax + ey * ay + ez * az)
      + (sx * ex + sy * ey + sz * ez))
  FROM sided $$;

CREATE OR REPLACE FUNCTION satvo_functions.shape(region double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$
DECLARE
  edges double precision[] := satvo_functions.edges(satvo_functions.checked(region));
  cap double precision[] := satvo_functions.cap(edges);
  r double precision[] := satvo_functions.reference(edges, cap);
  m double precision[];
  size double precision;
  out double precision[];
BEGIN
  FOR o IN 0..cardinality(edges) - 18 BY 18 LOOP
    edges[o+16] := r[2] * edges[o+3] - r[3] * edges[o+2];
    edges[o+17] := r[3] * edges[o+1] - r[1] * edges[o+3];
    edges[o+18] := r[1] * edges[o+2] - r[2] * edges[o+1];
  END LOOP;
  out := ARRAY[cardinality(edges) / 18] || cap || r || '{0,0}'::double precision[]
    || CASE WHEN cap[4] >= 0 THEN cap[1:3] ELSE r END || edges;
  IF cap[4] < 0 THEN
    m := CASE WHEN abs(r[3]) < 0.9 THEN ARRAY[-r[2], r[1], 0] ELSE ARRAY[0, -r[3], r[2]] END;
    size := sqrt(m[1] * m[1] + m[2] * m[2] + m[3] * m[3]);
    out[9] := (satvo_functions.odd(out, m[1] / size, m[2] / size, m[3] / size, 1, NULL)
      <> satvo_functions.odd(out, m[1] / size, m[2] / size, m[3] / size, -1, NULL))::integer;
    -- The smaller class is inside; of two hemispheres the one that the winding tells.
    out[10] := (SELECT (CASE WHEN abs(excess) < 1e-9 THEN longest ELSE excess > 0 END)::integer
    FROM (
      SELECT sum(area) - 4 * pi() * floor(sum(area) / (4 * pi())) - 2 * pi() AS excess,
        (array_agg(left_unlike ORDER BY length DESC, edge))[1] AS longest
      FROM satvo_functions.outline(out)
    ) AS whole);
  END IF;
  RETURN out;
END $$;

-- Where a unit vector lies: 1 inside, 0 on the boundary, -1 outside.
CREATE OR REPLACE FUNCTION satvo_functions.side(
  shape double precision[], x double precision, y double precision, z double precision
) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
BEGIN
  IF shape[5] >= 0
      AND shape[2] * x + shape[3] * y + shape[4] * z < cos(shape[5]) - 1e-12 THEN
    RETURN -1;
  END IF;
  FOR o IN 13..13 + 18 * (shape[1]::integer - 1) BY 18 LOOP
    IF abs(shape[o+7] * x + shape[o+8] * y + shape[o+9] * z) <= 1e-12
        AND shape[o+10] * x + shape[o+11] * y + shape[o+12] * z >= -1e-12
        AND shape[o+13] * x + shape[o+14] * y + shape[o+15] * z >= -1e-12 THEN
      RETURN 0;
    END IF;
  END LOOP;
  RETURN CASE WHEN satvo_functions.unlike_reference(shape, x, y, z, NULL) <> (shape[10] = 1)
    THEN 1 ELSE -1 END;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.in_polygon(
  lon double precision, lat double precision, shape double precision[]
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
BEGIN
  RETURN lat BETWEEN -90 AND 90 AND satvo_functions.side(shape, cos(radians(lat)) * cos(radians(lon)),
    cos(radians(lat)) * sin(radians(lon)), sin(radians(lat))) >= 0;
END $$;

-- Angle from a unit vector to the nearest point of the boundary, rad.
CREATE OR REPLACE FUNCTION satvo_functions.boundary_distance(
  shape double precision[], x double precision, y double precision, z double precision
) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT min(least(satvo_functions.angle(sx, sy, sz, x, y, z),
    CASE WHEN fx * x + fy * y + fz * z >= 0 AND gx * x + gy * y + gz * z >= 0 THEN
      atan2(abs(nx * x + ny * y + nz * z),
        sqrt((fx * x + fy * y + fz * z) ^ 2 + (sx * x + sy * y + sz * z) ^ 2)) END))
  FROM satvo_functions.edge_rows(shape) $$;

CREATE OR REPLACE FUNCTION satvo_functions.polygons_meet(a double precision[], b double precision[])
RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT 1 FROM satvo_functions.edge_rows(b)
      WHERE satvo_functions.side(a, sx, sy, sz) >= 0)
    OR EXISTS (SELECT 1 FROM satvo_functions.edge_rows(a)
      WHERE satvo_functions.side(b, sx, sy, sz) >= 0)
    -- Now edges that share a point cross, each with its ends strictly aside of the other.
    OR EXISTS (
      SELECT 1 FROM satvo_functions.edge_rows(a) AS e, satvo_functions.edge_rows(b) AS f
      WHERE sign(e.nx * f.sx + e.ny * f.sy + e.nz * f.sz)
          = -sign(e.nx * f.ex + e.ny * f.ey + e.nz * f.ez)
        AND sign(f.nx * e.sx + f.ny * e.sy + f.nz * e.sz)
          = -sign(f.nx * e.ex + f.ny * e.ey + f.nz * e.ez)
        AND sign(e.nx * f.ex + e.ny * f.ey + e.nz * f.ez) <> 0
        AND sign(f.nx * e.sx + f.ny * e.sy + f.nz * e.sz)
          = sign(e.nx * f.ex + e.ny * f.ey + e.nz * f.ez)
    ) $$;

CREATE OR REPLACE FUNCTION satvo_functions.polygon_covers(a double precision[], b double precision[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  least_side integer;
  most_side integer;
BEGIN
  IF EXISTS (SELECT 1 FROM satvo_functions.edge_rows(b)
      WHERE satvo_functions.side(a, sx, sy, sz) < 0) THEN
    RETURN false;
  END IF;
  SELECT min(s), max(s) INTO least_side, most_side
  FROM (SELECT satvo_functions.side(a, mx, my, mz) AS s FROM satvo_functions.pieces(b, a)) AS found;
  IF least_side < 0 OR EXISTS (SELECT 1 FROM satvo_functions.pieces(a, b)
      WHERE satvo_functions.side(b, mx, my, mz) > 0) THEN
    RETURN false;
  ELSIF most_side > 0 THEN
    RETURN true;
  END IF;
  -- The inner boundary runs along this one: the inner polygon may still be a hole of a star.
  RETURN NOT EXISTS (
    SELECT 1 FROM satvo_functions.pieces(b, a) AS p
    JOIN satvo_functions.edge_rows(b) AS e ON e.edge = p.edge
    CROSS JOIN (VALUES (1e-3::double precision), (-1e-3)) AS half(step)
    CROSS JOIN LATERAL (SELECT p.mx + half.step * p.length * e.nx AS x,
      p.my + half.step * p.length * e.ny AS y, p.mz + half.step * p.length * e.nz AS z) AS beside
    WHERE satvo_functions.side(b, beside.x, beside.y, beside.z) > 0
      AND satvo_functions.side(a, beside.x, beside.y, beside.z) < 0);
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.polygon_area(shape double precision[])
RETURNS double precision LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT least(turned, 4 * pi() - turned) * degrees(1) * degrees(1)
  FROM (SELECT total - 4 * pi() * floor(total / (4 * pi())) AS turned
    FROM (SELECT sum(area) AS total FROM satvo_functions.outline(shape)) AS summed) AS areas $$;

-- The direction of the mean of the interior's unit vectors; the vertices' where it has none.
CREATE OR REPLACE FUNCTION satvo_functions.polygon_centroid(shape double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  total double precision;
  around double precision;
  x double precision;
  y double precision;
  z double precision;
BEGIN
  SELECT sum(area) INTO total FROM satvo_functions.outline(shape);
  IF shape[5] BETWEEN 0 AND 1e-4 AND total <> 0 THEN
    SELECT shape[11] + sum(area * (sx + ex - 2 * shape[11])) / 3 / total,
      shape[12] + sum(area * (sy + ey - 2 * shape[12])) / 3 / total,
      shape[13] + sum(area * (sz + ez - 2 * shape[13])) / 3 / total
    INTO x, y, z FROM satvo_functions.outline(shape);
  ELSE
    SELECT sum(s * (dsy * dez - dsz * dey + bulge * nx)), sum(s * (dsz * dex - dsx * dez + bulge * ny)),
      sum(s * (dsx * dey - dsy * dex + bulge * nz)), sum(length)
    INTO x, y, z, around
    FROM (
      SELECT CASE WHEN o.left_unlike <> (shape[10] = 1) THEN 1 ELSE -1 END AS s, o.length,
        o.sx - shape[11] AS dsx, o.sy - shape[12] AS dsy, o.sz - shape[13] AS dsz,
        o.ex - shape[11] AS dex, o.ey - shape[12] AS dey, o.ez - shape[13] AS dez,
        CASE WHEN o.length < 0.01 THEN o.length ^ 3 / 6 * (1 - o.length ^ 2 / 20)
          ELSE o.length - sin(o.length) END AS bulge, e.nx, e.ny, e.nz
      FROM satvo_functions.outline(shape) AS o
      JOIN satvo_functions.edge_rows(shape) AS e ON e.edge = o.edge
    ) AS parts;
    IF sqrt(x * x + y * y + z * z) <= 1e-15 * around THEN
      SELECT sum(sx), sum(sy), sum(sz) INTO x, y, z FROM satvo_functions.edge_rows(shape);
    END IF;
  END IF;
  RETURN satvo_functions.place(x, y, z);
END $$;

-- Numbers, texts and times as ADQL means them here, where PostgreSQL's own functions mean otherwise.

CREATE OR REPLACE FUNCTION satvo_functions.refused(cause text) RETURNS void
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RAISE EXCEPTION 'BadParameter: %', cause USING ERRCODE = '22023';
END $$;

-- The square; one too small for a number is 0 and no error. No STRICT: so it is written in place.
CREATE OR REPLACE FUNCTION satvo_functions.sq(x double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN abs(x) < 1e-120::double precision THEN 0 ELSE x * x END $$;

CREATE OR REPLACE FUNCTION satvo_functions.exp(x double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF x > 709.782712893384 THEN
    PERFORM satvo_functions.refused('the result of EXP is too large');
  END IF;
  RETURN CASE WHEN x < -745.13 THEN 0 ELSE pg_catalog.exp(x) END;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.power(x double precision, y double precision)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  size double precision;
BEGIN
  IF x = 0 THEN
    RETURN pg_catalog.power(x, y);
  END IF;
  size := y * ln(abs(x));
  IF size > 709.782712893384 OR (x < 0 AND y <> floor(y)) THEN
    PERFORM satvo_functions.refused('the result of POWER is too large or not real');
  END IF;
  RETURN CASE WHEN size < -745.13 THEN 0 ELSE pg_catalog.power(x, y) END;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.cot(x double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF x = 0 THEN
    PERFORM satvo_functions.refused('input value 0 is out of range for COT');
  END IF;
  RETURN pg_catalog.cot(x);
END $$;

-- The remainder of a division of which the quotient is cut off, exact as C's fmod is: each
-- difference of two numbers of which one is at most twice the other is.
CREATE OR REPLACE FUNCTION satvo_functions.mod(x double precision, y double precision)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  rest double precision := abs(x);
  step double precision := abs(y);
  doubled integer := 0;
BEGIN
  IF y = 0 THEN
    RAISE division_by_zero USING MESSAGE = 'division by zero';
  END IF;
  WHILE step <= rest / 2 LOOP
    step := step * 2;
    doubled := doubled + 1;
  END LOOP;
  LOOP
    IF rest >= step THEN
      rest := rest - step;
    END IF;
    EXIT WHEN doubled = 0;
    step := step / 2;
    doubled := doubled - 1;
  END LOOP;
  RETURN CASE WHEN x < 0 THEN -rest ELSE rest END;
END $$;

-- Halves go away from 0, where the server's own rounds them to the even neighbour.
CREATE OR REPLACE FUNCTION satvo_functions.round(x double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  whole double precision := floor(abs(x));
BEGIN
  IF abs(x) - whole >= 0.5 THEN
    whole := whole + 1;
  END IF;
  RETURN CASE WHEN x < 0 THEN -whole ELSE whole END;
END $$;

-- By a power of ten there and back; where that is too large, the number has no such digits.
CREATE OR REPLACE FUNCTION satvo_functions.to_digits(
  x double precision, digits bigint, rounds boolean
) RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  scale double precision;
  scaled double precision;
BEGIN
  IF digits < -308 THEN
    RETURN 0;
  ELSIF digits > 308 THEN
    RETURN x;
  END IF;
  scale := pg_catalog.power(10::double precision, abs(digits)::double precision);
  IF digits >= 0 AND abs(x) > 1.7e308::double precision / scale THEN
    RETURN x;
  ELSIF digits < 0 AND abs(x) < 1e-10 THEN
    RETURN 0;
  END IF;
  scaled := CASE WHEN digits < 0 THEN x / scale ELSE x * scale END;
  scaled := CASE WHEN rounds THEN satvo_functions.round(scaled) ELSE trunc(scaled) END;
  RETURN CASE WHEN digits < 0 THEN scaled * scale ELSE scaled / scale END;
END $$;

-- A number as a whole one, its fraction cut off (ADQL 2.1, section 2.4).
CREATE OR REPLACE FUNCTION satvo_functions.whole(
  x double precision, low double precision, beyond double precision, type text
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF trunc(x) < low OR trunc(x) >= beyond THEN
    PERFORM satvo_functions.refused(format('the value %s is out of range for %s', x, type));
  END IF;
  RETURN trunc(x)::bigint;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.narrower(x bigint, low bigint, high bigint, type text)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF x NOT BETWEEN low AND high THEN
    PERFORM satvo_functions.refused(format('the value %s is out of range for %s', x, type));
  END IF;
  RETURN x;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.as_real(x double precision) RETURNS real
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF abs(x) >= 3.4028235677973366e38 THEN
    PERFORM satvo_functions.refused(format('the value %s is out of range for REAL', x));
  END IF;
  RETURN CASE WHEN abs(x) < 7.1e-46 THEN 0 ELSE x::real END;
END $$;

-- A string that is to be read as another type: the server alone reads infinity, and dates in words.
CREATE OR REPLACE FUNCTION satvo_functions.readable(value text, pattern text, type text)
RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  IF value !~ pattern THEN
    PERFORM satvo_functions.refused(format('''%s'' cannot be cast to %s', left(value, 60), type));
  END IF;
  RETURN value;
END $$;

-- The text of a number; one too small for its type is 0 and no error, as where it is computed.
CREATE OR REPLACE FUNCTION satvo_functions.not_tiny(value text, tiny numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  power text := substring(value FROM '[eE]-([0-9]+)');
BEGIN
  IF length(power) > 4 OR (power IS NOT NULL AND abs(value::numeric) < tiny) THEN
    RETURN '0';
  END IF;
  RETURN value;
END $$;

-- The digits that tell the number from its neighbours, always with a point or an exponent.
CREATE OR REPLACE FUNCTION satvo_functions.digits(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  power integer := substring(written FROM 'e(.*)')::integer;
BEGIN
  IF power >= 16 OR power < 0 THEN
    RETURN written;
  ELSIF power IS NOT NULL THEN
    written := written::numeric::text;
  END IF;
  RETURN CASE WHEN written ~ '^-?[0-9]+$' THEN written || '.0' ELSE written END;
END $$;

CREATE OR REPLACE FUNCTION satvo_functions.region_text(region double precision[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT string_agg(satvo_functions.digits(x::text), ' ' ORDER BY place)
  FROM unnest(region) WITH ORDINALITY AS r(x, place) $$;

-- Letter by letter: ICU alone would write a sigma by its place in the word, and two S for one.
CREATE OR REPLACE FUNCTION satvo_functions.lower(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.lower(translate(value, 'Σİ', 'σi') COLLATE satvo_functions.unicode) $$;

CREATE OR REPLACE FUNCTION satvo_functions.upper(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT pg_catalog.upper(translate(value, 'ß', 'ẞ') COLLATE satvo_functions.unicode) $$;

CREATE OR REPLACE FUNCTION satvo_functions.words(value text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(word[1]), '{}') FROM regexp_matches(
    satvo_functions.lower(value) COLLATE satvo_functions.unicode,
    '[[:alnum:]\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2089\u2150-\u2189\u2460-\u249b]+', 'g'
  ) AS word $$;

CREATE OR REPLACE FUNCTION satvo_functions.hasword(haystack text, needle text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (satvo_functions.words(haystack) @> satvo_functions.words(needle))::integer $$;

CREATE OR REPLACE FUNCTION satvo_functions.hashlist_has(words text, item text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (strpos('#' || words || '#', '#' || item || '#') > 0
    AND strpos(item, '#') = 0)::integer $$;

CREATE OR REPLACE FUNCTION satvo_functions.overlap(
  a1 anyelement, b1 anyelement, a2 anyelement, b2 anyelement
) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT (a1 <= b1 AND a2 <= b2 AND a1 <= b2 AND a2 <= b1)::integer $$;

-- Microseconds of the epoch: whole, as the server keeps them.
CREATE OR REPLACE FUNCTION satvo_functions.days(moment timestamp, origin double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (extract(epoch FROM moment) * 1000000)::double precision / 8.64e10 + origin $$;

-- A list of degrees, or null if one of them is.
CREATE OR REPLACE FUNCTION satvo_functions.known(numbers double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN CASE WHEN array_position(numbers, NULL) IS NULL THEN numbers END;
END $$;

-- One list behind the other, or null if one number of them is.
CREATE OR REPLACE FUNCTION satvo_functions.joined(a double precision[], b double precision[])
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN satvo_functions.known(a || b);
END $$;

-- In plpgsql, so that it is no place where the value is written twice.
CREATE OR REPLACE FUNCTION satvo_functions.within(
  value anyelement, low anyelement, high anyelement
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN value >= low AND value <= high;
END $$;

-- One relation holds all tables. Text is compared byte by byte; times are microseconds since the epoch; what never expires does so
-- at the end of time.
CREATE TABLE item (
    name text COLLATE "C" NOT NULL,
    partition text COLLATE "C" NOT NULL,
    sort text COLLATE "C" NOT NULL,
    value text NOT NULL,
    version bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (name, partition, sort)
);

-- One sequence for all items, so that no version is ever used again.
CREATE SEQUENCE item_version CACHE 1;

-- The service's clock, standing still within a transaction.
CREATE FUNCTION service_now() RETURNS bigint LANGUAGE sql STABLE
RETURN (extract(epoch FROM now()) * 1000000)::bigint;

-- Does all writes, unless an item is not as its writer saw it: then it does nothing and says NULL.
--   expected  the version seen; 0 where there was no item; -1 where it does not matter
--   change    put, add (keeps the time of expiry), delete or check
CREATE FUNCTION apply(
    names text[], partitions text[], sorts text[], expected bigint[], changes text[], new_values text[], expiries bigint[]
) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    versions bigint[] := '{}';
    found bigint;
    next bigint;
BEGIN
    FOR i IN 1 .. cardinality(names) LOOP
        IF expected[i] >= 0 THEN
            SELECT version INTO found FROM item
            WHERE name = names[i] AND partition = partitions[i] AND sort = sorts[i] AND expires_at > service_now();
            IF coalesce(found, 0) <> expected[i] THEN
                RETURN NULL;
            END IF;
        END IF;
    END LOOP;
    FOR i IN 1 .. cardinality(names) LOOP
        next := 0;
        IF changes[i] = 'delete' THEN
            DELETE FROM item WHERE name = names[i] AND partition = partitions[i] AND sort = sorts[i];
        ELSIF changes[i] IN ('put', 'add') THEN
            next := nextval('item_version');
            INSERT INTO item VALUES (names[i], partitions[i], sorts[i], new_values[i], next, expiries[i])
            ON CONFLICT (name, partition, sort) DO UPDATE SET
                value = excluded.value,
                version = excluded.version,
                expires_at = CASE
                    WHEN changes[i] = 'add' AND item.expires_at > service_now() THEN item.expires_at
                    ELSE excluded.expires_at
                END;
        END IF;
        versions := versions || next;
    END LOOP;
    RETURN versions;
END $$;

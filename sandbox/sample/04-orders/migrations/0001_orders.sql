CREATE TABLE orders (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer text   NOT NULL,
    basket   jsonb  NOT NULL,
    total    bigint NOT NULL,
    placed   timestamptz NOT NULL DEFAULT now()
);

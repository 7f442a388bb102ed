import { Ajv } from "ajv";
import type { AnySchemaObject } from "ajv";

/** Compiles a schema into a check that answers what is wrong with a value, or `undefined`. */
export function checkOf(schema: AnySchemaObject): (value: unknown) => string | undefined {
  const ajv = new Ajv({ strict: true, strictRequired: false });
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: "body" }));
}

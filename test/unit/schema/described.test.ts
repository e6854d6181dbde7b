// Every type, field, argument-bearing input and enum value of the public contract says what it is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { createSchema } from '../../../functions/api/schema.ts';

test('nothing in the schema is without a description', () => {
  const missing: string[] = [];
  for (const type of Object.values(createSchema().getTypeMap())) {
    if (type.name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name)) continue;
    // an input is described by the mutation that takes it
    if (!type.description && !isInputObjectType(type)) missing.push(type.name);
    const members =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : [];
    for (const { name, description } of members) if (!description) missing.push(`${type.name}.${name}`);
  }
  assert.deepEqual(missing, []);
});

// A document that the client or the page sends, with its types. Must never change what a document says.

/** A document with the types of its result and its variables. */
export interface Operation<Data, Variables> {
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly text: string;
  /** Never set: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}

/** @throws for a document without a named operation */
export function operation<Data, Variables>(text: string): Operation<Data, Variables> {
  const [, kind, name] = /^\s*(query|mutation|subscription) (\w+)/.exec(text) ?? [];
  if (name === undefined || (kind !== 'query' && kind !== 'mutation' && kind !== 'subscription'))
    throw new Error(`a document must begin with a named operation: ${text.slice(0, 80)}`);
  return { name, kind, text: indent(text) };
}

/** As a person would write it: fragments come with the indentation of where they stood. */
function indent(text: string): string {
  let depth = 0;
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  return lines
    .map((line) => {
      if (line.startsWith('}')) depth -= 1;
      const indented = '  '.repeat(depth) + line;
      if (line.endsWith('{')) depth += 1;
      return indented;
    })
    .join('\n');
}

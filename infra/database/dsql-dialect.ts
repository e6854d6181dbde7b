// What Aurora DSQL wants said differently from PostgreSQL, and what it lacks. Must never be lenient: a statement that only
// PostgreSQL takes would be found at the first deployment otherwise.

/** A statement of migrations/ as DSQL takes it: indexes are always built in the background there. */
export function toDsql(statement: string): string {
  return statement.replace(/^(\s*create\s+(?:unique\s+)?index)\s+(?!async\b)/i, '$1 async ');
}

interface Lack {
  readonly pattern: RegExp;
  readonly why: string;
}

/** Source: Aurora DSQL user guide, "Unsupported PostgreSQL features", "ALTER TABLE" and "CREATE INDEX", read in November 2026. */
const lacks: readonly Lack[] = [
  { pattern: /\b(listen|unlisten|notify)\s+[a-z_$"]|\bpg_notify\s*\(/i, why: 'there is no LISTEN and NOTIFY' },
  { pattern: /\b(savepoint|release\s+savepoint|rollback\s+to)\b/i, why: 'there is no SAVEPOINT' },
  { pattern: /\bskip\s+locked\b/i, why: 'there is no SKIP LOCKED' },
  { pattern: /\bpg_(try_)?advisory_/i, why: 'there are no advisory locks' },
  { pattern: /\block\s+table\b/i, why: 'there is no LOCK TABLE' },
  { pattern: /\btruncate\b/i, why: 'there is no TRUNCATE: delete in batches' },
  { pattern: /\bvacuum\b/i, why: 'there is no VACUUM' },
  {
    pattern: /\bcreate\s+(or\s+replace\s+)?(trigger|sequence|type|extension|materialized|rule|domain)\b/i,
    why: 'there is no such object',
  },
  { pattern: /\b(big|small)?serial\b|\bnextval\s*\(/i, why: 'there are no sequences: ids are made by the program' },
  { pattern: /\blanguage\s+'?plpgsql|\bdo\s+\$/i, why: 'there is no PL/pgSQL' },
  { pattern: /\bcreate\s+(temp|temporary|unlogged)\b/i, why: 'there are no temporary tables' },
  { pattern: /\b(inherits|partition\s+(by|of))\b/i, why: 'there is no inheritance or partitioning' },
  { pattern: /\bcollate\b/i, why: 'there is one collation, C' },
  {
    pattern: /\b(references\s+[a-z_"]+|foreign\s+key|exclude\s+using)\b/i,
    why: 'such constraints are younger than what we rely on',
  },
  { pattern: /\bjsonb?\b(?!\s*_)/i, why: 'JSON is kept as text' },
  { pattern: /\bcreate\s+(unique\s+)?index\b[^;]*\bwhere\b/i, why: 'partial indexes are younger than what we rely on' },
  { pattern: /\bcreate\s+(unique\s+)?index\b[^;]*\b(asc|desc)\b/i, why: 'an index has no direction' },
  {
    pattern: /\balter\s+table\b[^;]*\b(alter\s+column|set\s+not\s+null|add\s+constraint)\b/i,
    why: 'a column cannot be altered',
  },
  {
    pattern: /\badd\s+column\b[^;]*\b(default|not\s+null|unique|primary\s+key|check|generated)\b/i,
    why: 'a column is added with name and type alone',
  },
  {
    pattern: /\bset\s+transaction\s+isolation|\bserializable\b|\bread\s+committed\b/i,
    why: 'there is one isolation level, repeatable read',
  },
];

/** @returns why DSQL would refuse the statement; empty when nothing is known against it */
export function refusedByDsql(statement: string): readonly string[] {
  // what stands in quotes is data
  const code = statement.replaceAll(/'(?:[^']|'')*'/g, "''");
  return lacks.filter(({ pattern }) => pattern.test(code)).map(({ why }) => why);
}

/** What one transaction may write, and one value of it hold. */
export const maxRowsPerTransaction = 3_000;
export const maxTransactionBytes = 10 * 1_048_576;
export const maxColumnBytes = 1_048_576;

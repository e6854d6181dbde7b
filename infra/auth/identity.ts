// Who asks and what the credential allows, whatever kind of credential it was.
import { AppError } from '../../core/app-error.ts';

/** `manage`: API tokens and the account itself. Only a person's own credential has it: a leaked API token makes no others. */
export type Right = 'read' | 'write' | 'manage';

export interface Identity {
  /** What the viewer is known by: a static token's name, or issuer and subject. */
  readonly name: string;
  readonly rights: ReadonlySet<Right>;
  /** Milliseconds since 1970; undefined: until it is taken back. */
  readonly expiresAtMs: number | undefined;
}

const all: ReadonlySet<Right> = new Set(['read', 'write', 'manage']);

/** A credential of the viewer's own. */
export const ownIdentity = (name: string, expiresAtMs?: number): Identity => ({ name, rights: all, expiresAtMs });

/** @throws {AppError} FORBIDDEN naming the right */
export function requireRight({ rights }: { readonly rights: ReadonlySet<Right> }, right: Right): void {
  if (rights.has(right)) return;
  throw new AppError(
    'FORBIDDEN',
    right === 'manage'
      ? 'an API token cannot manage tokens or the account: use your own login'
      : `this API token lacks the right "${right}": make one that has it`,
  );
}

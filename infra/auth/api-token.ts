// API tokens as text: made once, shown once, and known afterwards by their sha256 alone. That is enough of a hash: 256 random
// bits cannot be guessed, whatever a guess costs.
import { createHash, randomBytes } from 'node:crypto';

/** A prefix that scanners of leaked secrets can look for. */
const prefix = 'gill_';

export const newApiToken = (): string => prefix + randomBytes(32).toString('base64url');

export const isApiToken = (token: string): boolean => /^gill_[A-Za-z0-9_-]{43}$/.test(token);

export const digestOfApiToken = (token: string): string => createHash('sha256').update(token).digest('hex');

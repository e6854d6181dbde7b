// The token this page shows to a server that asks for one. Kept for the tab only: it is a password.

const storageKey = 'gill.token';

export function readToken(): string | undefined {
  return sessionStorage.getItem(storageKey) ?? undefined;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(storageKey, token);
}

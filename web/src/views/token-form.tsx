// Asks for the token where the server wants one. The page itself is open to everyone: it holds nothing.
import { useState } from 'react';
import { keepToken, readToken } from '../token.ts';

export function TokenForm({ problem }: { readonly problem: string | undefined }) {
  const [token, setToken] = useState('');
  return (
    <form
      className="token"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() === '') return;
        keepToken(token.trim());
        location.reload();
      }}
    >
      <h2>This server asks who you are</h2>
      <p className="lead">Enter a token that its operator has given you. It is kept until this tab is closed.</p>
      {readToken() !== undefined && <p role="alert">{problem}</p>}
      <div className="row">
        <input
          type="password"
          aria-label="Token"
          autoComplete="current-password"
          autoFocus
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="plain">
          Enter
        </button>
      </div>
    </form>
  );
}

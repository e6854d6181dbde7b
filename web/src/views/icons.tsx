// Small drawings for buttons. Each is decoration: the button's label says what it does.
import type { ReactNode } from 'react';

const icon = (path: ReactNode) => (
  <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6">
    {path}
  </svg>
);

export const icons = {
  menu: icon(<path d="M3 5.5h14M3 10h14M3 14.5h14" strokeLinecap="round" />),
  plus: icon(<path d="M10 4v12M4 10h12" strokeLinecap="round" />),
  pen: icon(<path d="m4 16 1-4 8.5-8.5a1.6 1.6 0 0 1 2.3 0l.7.7a1.6 1.6 0 0 1 0 2.3L8 15z" strokeLinejoin="round" />),
  bin: icon(
    <path d="M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.7 9v4M11.3 9v4" strokeLinecap="round" strokeLinejoin="round" />,
  ),
  send: icon(<path d="M10 16V4.5M5 9.5l5-5 5 5" strokeLinecap="round" strokeLinejoin="round" />),
  stop: icon(<rect x="6" y="6" width="8" height="8" rx="1.5" fill="currentColor" />),
  again: icon(<path d="M15.5 8A6 6 0 1 0 16 11.5M16 4v4h-4" strokeLinecap="round" strokeLinejoin="round" />),
  back: icon(<path d="m12 5-5 5 5 5" strokeLinecap="round" strokeLinejoin="round" />),
  forth: icon(<path d="m8 5 5 5-5 5" strokeLinecap="round" strokeLinejoin="round" />),
  close: icon(<path d="m5 5 10 10M15 5 5 15" strokeLinecap="round" />),
  card: icon(
    <>
      <circle cx="10" cy="10" r="7" />
      <path d="M10 9.2v4.3M10 6.3v.2" strokeLinecap="round" />
    </>,
  ),
  picture: icon(
    <>
      <rect x="3" y="4" width="14" height="12" rx="2" />
      <path d="m3.5 14 4-4 3 3 2.5-2.5 3.5 3.5" strokeLinejoin="round" />
      <circle cx="13" cy="7.5" r="1" />
    </>,
  ),
  takes: icon(
    <>
      <rect x="3" y="6" width="10" height="10" rx="1.5" />
      <path d="M7 3.5h8A1.5 1.5 0 0 1 16.5 5v8" strokeLinecap="round" />
    </>,
  ),
  gallery: icon(
    <>
      <rect x="3" y="3" width="6" height="6" rx="1" />
      <rect x="11" y="3" width="6" height="6" rx="1" />
      <rect x="3" y="11" width="6" height="6" rx="1" />
      <rect x="11" y="11" width="6" height="6" rx="1" />
    </>,
  ),
  find: icon(
    <>
      <circle cx="9" cy="9" r="5" />
      <path d="m13 13 4 4" strokeLinecap="round" />
    </>,
  ),
  download: icon(<path d="M10 3.5v9M6 9l4 4 4-4M4 16.5h12" strokeLinecap="round" strokeLinejoin="round" />),
  code: icon(<path d="m7 6-4 4 4 4M13 6l4 4-4 4" strokeLinecap="round" strokeLinejoin="round" />),
} as const;

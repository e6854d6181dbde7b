// The page's entry.
import { createRoot } from 'react-dom/client';
import './styles/base.css';
import './styles/layout.css';
import './styles/turns.css';
import './styles/plate.css';
import './styles/card.css';
import './styles/pictures.css';
import './styles/welcome.css';
import './styles/panel.css';
import { App } from './views/app.tsx';
import { createSession } from './session.ts';

createRoot(document.getElementById('root')!).render(<App session={createSession()} />);

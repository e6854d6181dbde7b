// Below the list: the gallery, the explorer, and which model answers.
import { galleryPath, type Session } from '../session.ts';
import { useStore } from '../store.ts';
import { icons } from './icons.tsx';

const states = {
  COLD: 'asleep: the first reply wakes it',
  WARMING: 'loading its weights',
  READY: 'ready',
  BUSY: 'busy',
  UNHEALTHY: 'cannot load its weights',
} as const;

export function SidebarFoot({ session, onClose }: { readonly session: Session; readonly onClose: () => void }) {
  const { capabilities, view } = useStore(session.state);
  const language = capabilities?.functions.find(({ name }) => name === 'llm');
  return (
    <div className="sidebar-foot">
      <a
        href={galleryPath}
        aria-current={view === 'gallery' ? 'page' : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          session.openGallery();
          onClose();
        }}
      >
        {icons.gallery}
        <span>Gallery</span>
      </a>
      <a href="/graphql">
        {icons.code}
        <span>GraphiQL</span>
      </a>
      <p className="model" data-state={language?.state}>
        <i aria-hidden="true" />
        {capabilities && language ? `${capabilities.model ?? 'No model'}, ${states[language.state]}` : 'Asking …'}
      </p>
    </div>
  );
}

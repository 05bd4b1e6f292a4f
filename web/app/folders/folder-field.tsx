import { useEffect, useId, useState } from 'preact/hooks';
import type { Folder } from '../api/files';
import { messages } from '../messages/index';
import { useAppContext } from '../page/app-context';
import { MAX_PAGE_SIZE } from '../../shared/api/pages';
import { Button } from '../../shared/ui/button';
import { FolderIcon } from '../../shared/ui/icons';

/** The folders are loaded this long after the last key. Milliseconds. */
const KEY_TIME = 200;

interface FolderFieldProps {
  value: string;
  onChange: (folder: string) => void;
}

/** Asks for a folder: its path, or step by step by buttons for the folders below the one that was entered. */
export function FolderField({ value, onChange }: FolderFieldProps) {
  const inputId = useId();
  const { folders: texts } = messages;
  const folders = useSubfolders(value);
  return (
    <div class="field">
      <label for={inputId}>{texts.folder}</label>
      <input
        id={inputId}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
        maxLength={1024}
        autocomplete="off"
        spellcheck={false}
        dir="auto"
        aria-describedby={`${inputId}-hint`}
        data-testid="folder-input"
      />
      <p class="hint" id={`${inputId}-hint`}>
        {texts.folderHint}
      </p>
      {folders.length > 0 && (
        <ul class="folder-choices" role="list" aria-label={texts.subfolders}>
          {folders.map(({ path_name, name }) => (
            <li key={path_name}>
              <Button kind="quiet" onClick={() => onChange(path_name)} testId="folder-choice">
                <FolderIcon /> <bdi>{name}</bdi>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Returns the folders below a folder; none for one that does not exist. */
function useSubfolders(path: string): readonly Folder[] {
  const { files } = useAppContext();
  const [folders, setFolders] = useState<readonly Folder[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const load = () =>
      files.folders(path.replace(/\/+$/, ''), { limit: MAX_PAGE_SIZE }).then(
        ({ items }) => isCurrent && setFolders(items),
        () => isCurrent && setFolders([]), // they are suggestions only
      );
    const timer = setTimeout(() => void load(), KEY_TIME);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [path]);
  return folders;
}

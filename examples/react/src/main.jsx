import { Uploader } from '@longshore/client';
import { useDropzone, useUploads } from '@longshore/react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

async function ask(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`/api/${path}`, body && { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.json();
}

function Photos({ uploader }) {
  const [photos, setPhotos] = useState([]);
  const show = async () => setPhotos(await ask('photos'));
  const keep = ({ state, file }) => state === 'ready' && ask('photos', { id: file.id }).then(show);
  const { uploads, add } = useUploads(uploader, { onSettled: keep });
  const { rootProps } = useDropzone({ onFiles: add });
  useEffect(() => void show(), []);
  return (
    <>
      <div {...rootProps}>Drop photos here, or click</div>
      {uploads.map(({ id, name, state, progress, error }) => (
        <p key={id}>
          <progress value={progress.sent} max={progress.size} /> {name}: {error?.message ?? state}
        </p>
      ))}
      <ul>
        {photos.map(({ file_id, filename }) => (
          <li key={file_id}><a href={`/api/photos/${file_id}`}>{filename}</a></li>
        ))}
      </ul>
    </>
  );
}

function App() {
  const [uploader, setUploader] = useState(null);
  async function logIn(form) {
    await ask('login', { user: form.get('user') });
    const { token, endpoint } = await ask('token', {});
    setUploader(new Uploader({ endpoint, auth: () => ({ Authorization: `Bearer ${token}` }) }));
  }
  if (uploader) return <Photos uploader={uploader} />;
  return (
    <form action={logIn}>
      <input name="user" aria-label="Your name" required />
      <button>Log in</button>
    </form>
  );
}

createRoot(document.getElementById('root')).render(<App />);

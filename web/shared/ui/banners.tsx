import { sharedMessages as messages } from '../messages/index';
import { usePageContext } from '../state/page-context';
import { useStore } from '../state/store';
import { Button } from './button';
import { WarnIcon } from './icons';

interface BannersProps {
  /** What to do while the service cannot be reached. */
  unreachableHint?: string;
}

/** Warnings about the service as a whole, at the top of the page. */
export function Banners({ unreachableHint = messages.banners.unreachableHint }: BannersProps) {
  return (
    <>
      <StorageBanner />
      <HealthBanner unreachableHint={unreachableHint} />
    </>
  );
}

function StorageBanner() {
  const { login } = usePageContext();
  const attacks = useStore(login.account)?.storage_lets_through.length ?? 0;
  if (attacks === 0) return null;
  const { storageUnsafe, storageUnsafeHint } = messages.banners;
  return <Banner testId="banner-storage-unsafe" text={storageUnsafe} hint={storageUnsafeHint(attacks)} />;
}

function HealthBanner({ unreachableHint }: { unreachableHint: string }) {
  const { health: monitor } = usePageContext();
  const health = useStore(monitor);
  const { banners } = messages;
  if (health === 'off') return <Banner testId="banner-scanning-off" text={banners.scanningOff} />;
  if (health === 'unsafe')
    return (
      <Banner testId="banner-scanner-unsafe" text={banners.scannerUnsafe} hint={banners.scannerUnsafeHint} />
    );
  if (health === 'down') return <Banner testId="banner-scanner-down" text={banners.scannerDown} />;
  if (health !== 'unreachable') return null;
  return (
    <Banner
      testId="banner-unreachable"
      text={banners.unreachable}
      hint={unreachableHint}
      onRetry={() => void monitor.check()}
    />
  );
}

interface BannerProps {
  testId: string;
  text: string;
  hint?: string;
  onRetry?: () => void;
}

function Banner({ testId, text, hint, onRetry }: BannerProps) {
  return (
    <div class="banner" role="alert" data-testid={testId}>
      <WarnIcon />
      <p>
        <strong>{text}</strong> {hint}
      </p>
      {onRetry && <Button onClick={onRetry}>{messages.banners.tryNow}</Button>}
    </div>
  );
}

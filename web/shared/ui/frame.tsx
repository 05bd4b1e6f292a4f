import { Logo } from './icons';

interface PageHeaderProps {
  texts: { name: string; tagline: string; skip: string };
  /** Where the link for keyboards leads, which skips the header. */
  skipTo: string;
  onSkip?: (event: Event) => void;
}

/** The header of every page. */
export function PageHeader({ texts: { name, tagline, skip }, skipTo, onSkip }: PageHeaderProps) {
  return (
    <header class="header">
      <a class="skip" href={skipTo} onClick={onSkip}>
        {skip}
      </a>
      <div class="header-inner">
        <Logo />
        <div>
          <h1>{name}</h1>
          <p>{tagline}</p>
        </div>
      </div>
    </header>
  );
}

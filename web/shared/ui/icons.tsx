import type { ComponentChildren } from 'preact';

/** Decorative icons: the text next to them has their meaning. */
function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const CrossIcon = () => (
  <Icon>
    <path d="M5 5l10 10M15 5L5 15" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="M4 10.5l4 4 8-9" />
  </Icon>
);

export const WarnIcon = () => (
  <Icon>
    <path d="M10 3l8 14H2zM10 8v4.5M10 14.6v.4" />
  </Icon>
);

export const LockIcon = () => (
  <Icon>
    <path d="M4.5 9h11v8h-11zM7 9V6.5a3 3 0 016 0V9" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6v4.3l2.8 1.7" />
  </Icon>
);

export const PauseIcon = () => (
  <Icon>
    <path d="M7 5v10M13 5v10" />
  </Icon>
);

export const PlayIcon = () => (
  <Icon>
    <path d="M7 4.5l8 5.5-8 5.5z" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="8.8" cy="8.8" r="5.3" />
    <path d="M12.8 12.8l4.2 4.2" />
  </Icon>
);

export const DownloadIcon = () => (
  <Icon>
    <path d="M10 3v9.5M6 9l4 4 4-4M4 17h12" />
  </Icon>
);

export const UploadIcon = () => (
  <Icon>
    <path d="M10 17V7.5M6 11l4-4 4 4M4 3h12" />
  </Icon>
);

export const BinIcon = () => (
  <Icon>
    <path d="M4 6h12M8 6V4h4v2M5.5 6l.8 11h7.4l.8-11" />
  </Icon>
);

export const RetryIcon = () => (
  <Icon>
    <path d="M15.5 7A6.2 6.2 0 1016.2 11M16 3v4.2h-4.2" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

export const FolderIcon = () => (
  <Icon>
    <path d="M2.5 16.5v-12h5.5l2 2.5h7.5v9.5z" />
  </Icon>
);

export const LinkIcon = () => (
  <Icon>
    <path d="M8.5 11.5a3.2 3.2 0 004.6 0l2.7-2.7a3.25 3.25 0 00-4.6-4.6l-1 1M11.5 8.5a3.2 3.2 0 00-4.6 0l-2.7 2.7a3.25 3.25 0 004.6 4.6l1-1" />
  </Icon>
);

export const PencilIcon = () => (
  <Icon>
    <path d="M4 16l.8-3.5L13.5 3.8a1.6 1.6 0 012.3 0l.4.4a1.6 1.6 0 010 2.3L7.5 15.2zM11.8 5.5l2.7 2.7" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <path d="M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4" />
  </Icon>
);

export const LeftIcon = () => (
  <Icon>
    <path d="M12.5 4.5L7 10l5.5 5.5" />
  </Icon>
);

export const RightIcon = () => (
  <Icon>
    <path d="M7.5 4.5L13 10l-5.5 5.5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M4.5 7.5L10 13l5.5-5.5" />
  </Icon>
);

/** The load line mark of a ship. */
export const Logo = () => (
  <svg class="logo" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
    <circle cx="24" cy="24" r="14" />
    <path d="M3 24h42" />
  </svg>
);

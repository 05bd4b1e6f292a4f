import type { HTMLAttributes, Ref } from 'react';
import type { LongshoreUpload, LongshoreUploadAttributes } from '@longshore/element';

// `import type {} from '@longshore/element/react'`: the element in TSX.
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'longshore-upload': HTMLAttributes<LongshoreUpload> &
        LongshoreUploadAttributes & { ref?: Ref<LongshoreUpload>; key?: string | number };
    }
  }
}

import { defineComponent, h, type PropType } from 'vue';
import type { Uploader } from '../../client/index';
import { useDropzone, useFile, useUploads } from '../../vue/index';

export const VueFiles = defineComponent({
  props: { uploader: { type: Object as PropType<Uploader>, required: true } },
  setup: ({ uploader }) => {
    const { uploads, add } = useUploads(uploader);
    const { rootProps } = useDropzone({ onFiles: add });
    const { file } = useFile(uploader, () => uploads.value[0]?.file?.id);
    return () =>
      h('section', [
        h('div', { ...rootProps.value, 'data-testid': 'vue-drop' }, 'Vue'),
        h('output', { 'data-testid': 'vue-id' }, file.value?.id),
        ...uploads.value.map(({ id, name, state }) =>
          h('p', { key: id, 'data-testid': 'vue-row' }, `${name} ${state}`),
        ),
        h('p', { 'data-testid': 'vue-verdict' }, file.value?.virus_scan_status),
      ]);
  },
});

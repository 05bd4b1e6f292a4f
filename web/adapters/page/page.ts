import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { mount } from 'svelte';
import { createApp } from 'vue';
import { Uploader } from '../../client/index';
import { ReactFiles } from './react-files';
import SvelteFiles from './SvelteFiles.svelte';
import { VueFiles } from './vue-files';

const uploader = new Uploader({ endpoint: location.origin });
const place = (id: string): HTMLElement => document.getElementById(id) ?? document.body;

createRoot(place('react')).render(createElement(ReactFiles, { uploader }));
createApp(VueFiles, { uploader }).mount(place('vue'));
mount(SvelteFiles, { target: place('svelte'), props: { uploader } });

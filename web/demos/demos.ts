import type { ComponentType } from 'react';
import type { Component as SvelteComponent } from 'svelte';
import type { Component as VueComponent } from 'vue';
import dashboard from './uppy/dashboard.html?raw';
import form from './element/form.html?raw';
import plain from './engine/upload.html?raw';
import several from './element/several.html?raw';
import themes from './element/themes.html?raw';
import { endpoint } from './service';

/** Starts a demo in its place on the page. */
type Start = (place: HTMLElement) => Promise<unknown>;

const element =
  (html: string): Start =>
  (place) => {
    place.innerHTML = html;
    for (const one of place.querySelectorAll('longshore-upload')) one.setAttribute('endpoint', endpoint);
    showWhatFormsSend(place);
    return import('@longshore/element');
  };

const script =
  (html: string, load: () => Promise<unknown>): Start =>
  (place) => {
    place.innerHTML = html;
    return load();
  };

const react =
  (load: () => Promise<ComponentType>): Start =>
  async (place) => {
    const [{ createElement }, { createRoot }, component] = await Promise.all([
      import('react'),
      import('react-dom/client'),
      load(),
    ]);
    createRoot(place).render(createElement(component));
  };

const vue =
  (load: () => Promise<{ default: VueComponent }>): Start =>
  async (place) => {
    const [{ createApp }, component] = await Promise.all([import('vue'), load()]);
    createApp(component.default).mount(place);
  };

const svelte =
  (load: () => Promise<{ default: SvelteComponent }>): Start =>
  async (place) => {
    const [{ mount }, component] = await Promise.all([import('svelte'), load()]);
    mount(component.default, { target: place });
  };

/** The page has no backend: it shows what a form would send. */
function showWhatFormsSend(place: HTMLElement): void {
  for (const form of place.querySelectorAll('form')) {
    const sent = document.createElement('output');
    form.append(sent);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const fields = [...new FormData(form)].map(([name, value]) => `${name}=${value as string}`);
      sent.value = `The form sends ${fields.join('&')}`;
    });
  }
}

/** By the names in docs/components.md. */
export const DEMOS: Record<string, Start> = {
  'element/several': element(several),
  'element/form': element(form),
  'element/themes': element(themes),
  'react/list': react(async () => (await import('./react/list')).Files),
  'react/field': react(async () => (await import('./react/field')).Field),
  'vue/list': vue(() => import('./vue/list.vue')),
  'vue/field': vue(() => import('./vue/field.vue')),
  'svelte/list': svelte(() => import('./svelte/list.svelte')),
  'svelte/field': svelte(() => import('./svelte/field.svelte')),
  'uppy/dashboard': script(dashboard, () => import('./uppy/dashboard')),
  'engine/upload': script(plain, () => import('./engine/upload')),
};

import { LabIcon } from '@jupyterlab/ui-components';

const FLASK = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd"
   d="M8 2h8v2h-1v5l5.4 9.4c.9 1.6-.2 3.6-2.1 3.6H5.7c-1.9 0-3-2-2.1-3.6L9 9V4H8V2zm3 2v5.5L8.1 14.6h7.8L13 9.5V4h-2z"/>
</svg>`;

const COMPARE = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161"
   d="M4 20V10h4v10H4zm6 0V4h4v16h-4zm6 0v-7h4v7h-4z"/>
</svg>`;

const STAR = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon-warn0" fill="var(--jp-warn-color1)"
   d="M12 17.3 5.8 21l1.7-7L2 9.2l7.2-.6L12 2l2.8 6.6 7.2.6L16.500 14l1.700 7z"/>
</svg>`;

const COLUMNS = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" fill-rule="evenodd"
   d="M3 5h18v14H3V5zm2 2v10h3.300V7H5zm5.300 0v10h3.400V7h-3.400zm5.400 0v10H19V7h-3.300z"/>
</svg>`;

const TRACKING = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <path class="jp-icon3" fill="#616161" fill-rule="evenodd"
   d="M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zm0 2a7 7 0 1 0 0 14 7 7 0 0 0 0-14z"/>
  <circle class="jp-mltrack-Tracking-dot" cx="12" cy="12" r="4.500"/>
</svg>`;

export const experimentsIcon = new LabIcon({ name: 'mltrack:experiments', svgstr: FLASK });
export const compareIcon = new LabIcon({ name: 'mltrack:compare', svgstr: COMPARE });
export const starIcon = new LabIcon({ name: 'mltrack:star', svgstr: STAR });
export const columnsIcon = new LabIcon({ name: 'mltrack:columns', svgstr: COLUMNS });
export const trackingIcon = new LabIcon({ name: 'mltrack:tracking', svgstr: TRACKING });

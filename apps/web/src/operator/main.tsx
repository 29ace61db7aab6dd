import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { OperatorPage } from './operator-page.js';

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <OperatorPage storage={sessionStorage} />
  </StrictMode>,
);

#!/usr/bin/env node
// A package holds the bundle alone. In the workspace, where the sources are, what they were compiled to runs.
import { existsSync } from 'node:fs';

const isWorkspace = existsSync(new URL('../src', import.meta.url));
await import(isWorkspace ? '../dist/main.js' : '../bundle/main.js');

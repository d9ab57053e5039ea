// The entry of Vite's page: it has a case more than the other pages.

import "./vite-case.js";
import "./main.js";

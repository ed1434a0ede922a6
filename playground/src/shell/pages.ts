import { type ComponentType, lazy } from 'react';

type Part = { default: ComponentType };

/** A page that loads when it is opened; the one that is first, while it is asked who looks at it. */
function page(path: string, load: () => Promise<Part>) {
  if (window.location.pathname.startsWith(path)) {
    load();
  }
  return lazy(load);
}

/** The pages, in the order of the navigation; each loads when it is opened. */
export const PAGES = [
  {
    name: 'Monitoring',
    path: '/monitoring',
    icon: 'M3 12h4l3-8 4 16 3-8h4',
    Page: page('/monitoring', () => import('../pages/monitoring/Monitoring')),
  },
  {
    name: 'Dashboard',
    path: '/dashboard',
    icon: 'M4 20V10M10 20V4M16 20v-7M22 20H2',
    Page: page('/dashboard', () => import('../pages/dashboard/Dashboard')),
  },
  {
    name: 'QualityAudit',
    path: '/quality',
    icon: 'M12 3l8 3v6c0 5-3.5 8-8 9-4.500-1-8-4-8-9V6zM8.500 12l2.500 2.500 4.500-5',
    Page: page('/quality', () => import('../pages/quality/QualityAudit')),
  },
  {
    name: 'BillingPortal',
    path: '/billing',
    icon: 'M3 6h18v12H3zM3 10h18M7 15h4',
    Page: page('/billing', () => import('../pages/billing/BillingPortal')),
  },
] as const;

/** The BillingPortal page. */
export default function BillingPortal() {
  return <h1>BillingPortal</h1>;
}

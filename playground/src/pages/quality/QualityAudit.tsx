/** The QualityAudit page. */
export default function QualityAudit() {
  return <h1>QualityAudit</h1>;
}

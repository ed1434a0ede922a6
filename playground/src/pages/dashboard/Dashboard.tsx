/** The Dashboard page. */
export default function Dashboard() {
  return <h1>Dashboard</h1>;
}

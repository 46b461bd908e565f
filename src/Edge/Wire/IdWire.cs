namespace Bailiwick.Edge.Wire;

/// <summary>The answer to a sign of life: just which object it was.</summary>
internal sealed record IdWire(string Id);

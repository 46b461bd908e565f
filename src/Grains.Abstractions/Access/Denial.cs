namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>A refusal as it stands in the audit trail, with what the decision looked at when it was made.</summary>
/// <param name="Id">The number of its record in the tenant's audit trail; it stands in the body of the refused request's answer.</param>
/// <param name="User">Who was refused.</param>
/// <param name="Text">What the audit trail says of it.</param>
/// <param name="Door">The grain method that refused, as in <c>IManagedObjectGrain.Read</c>; null where the record is about more refusals than one.</param>
/// <param name="Target">The key of what was asked for.</param>
/// <param name="Trace">Null where the record is about more refusals than one.</param>
[GenerateSerializer, Immutable, Alias("Denial")]
public sealed record Denial(
    [property: Id(0)] long Id, [property: Id(1)] DateTimeOffset Time, [property: Id(2)] string User, [property: Id(3)] string Text,
    [property: Id(4)] string? Door, [property: Id(5)] string? Target, [property: Id(6)] DecisionTrace? Trace);

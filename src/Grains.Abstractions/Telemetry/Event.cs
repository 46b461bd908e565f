using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>An event as it was sent, before it has an id.</summary>
/// <param name="Type">The client's own word for what happened, at most <see cref="Limits.TelemetryTypeCharsMax"/> characters.</param>
/// <param name="Text">What happened, for people.</param>
/// <param name="Time">The sender's time, not before 1970; its offset is kept and shown again.</param>
/// <param name="Fragments">Free members as received; type, text and they have at most <see cref="Limits.EventBytesMax"/> bytes.</param>
[GenerateSerializer, Immutable, Alias("NewEvent")]
public sealed record NewEvent(string Type, string Text, DateTimeOffset Time, Fragments Fragments);

/// <summary>A stored event. Its source is part of its id; type and time never change.</summary>
[GenerateSerializer, Immutable, Alias("Event")]
public sealed record Event(
    EventId Id, string Type, string Text, DateTimeOffset Time, DateTimeOffset CreationTime, DateTimeOffset LastUpdated, Fragments Fragments);

/// <summary>The body of a change: an absent text stays, a null fragment goes.</summary>
[GenerateSerializer, Immutable, Alias("EventChange")]
public sealed record EventChange(string? Text, Fragments Fragments);

/// <summary>A span of time, both ends included, in milliseconds since 1970 UTC; null for open.</summary>
[GenerateSerializer, Immutable, Alias("Within")]
public readonly record struct Within([property: Id(0)] long? FromMs, [property: Id(1)] long? ToMs)
{
    public static readonly Within AnyTime;

    public bool Holds(DateTimeOffset time) => Holds(time.ToUnixTimeMilliseconds());

    public bool Holds(long timeMs) => timeMs >= (FromMs ?? long.MinValue) && timeMs <= (ToMs ?? long.MaxValue);
}

/// <summary>Of which managed objects data is wanted.</summary>
/// <param name="Id">One object, or null for all that the reader may see.</param>
/// <param name="WithAssets">Also of the child assets below it, at any depth.</param>
/// <param name="WithDevices">Also of the child devices below it, at any depth.</param>
[GenerateSerializer, Immutable, Alias("SourceFilter")]
public readonly record struct SourceFilter([property: Id(0)] ObjectId? Id, [property: Id(1)] bool WithAssets, [property: Id(2)] bool WithDevices);

/// <summary>Which events are wanted; every filter given must hold.</summary>
/// <param name="FragmentType">A fragment that must be there.</param>
/// <param name="FragmentValue">The text that this fragment must be; only beside <paramref name="FragmentType"/>.</param>
/// <param name="OldestFirst">The interface's <c>revert</c>: newest first is the default.</param>
[GenerateSerializer, Immutable, Alias("EventQuery")]
public sealed record EventQuery(
    SourceFilter Source = default, string? Type = null, Within Time = default, Within Created = default, Within Updated = default,
    string? FragmentType = null, string? FragmentValue = null, bool OldestFirst = false);

using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Telemetry;

/// <summary>How bad it is. Numbers are stored: they only grow.</summary>
public enum AlarmSeverity : byte
{
    None = 0,
    Critical = 1,
    Major = 2,
    Minor = 3,
    Warning = 4,
}

/// <summary>Where an alarm stands. Numbers are stored: they only grow.</summary>
public enum AlarmStatus : byte
{
    None = 0,
    Active = 1,
    Acknowledged = 2,
    Cleared = 3,
}

/// <summary>An alarm as it was raised, before it has an id.</summary>
/// <param name="Type">What is wrong, in the client's own word, at most <see cref="Limits.TelemetryTypeCharsMax"/> characters: of one source and type at most one is open by raising.</param>
/// <param name="Time">The sender's time, not before 1970; its offset is kept and shown again.</param>
/// <param name="Fragments">Free members as received; type, text and they have at most <see cref="Limits.AlarmBytesMax"/> bytes.</param>
[GenerateSerializer, Immutable, Alias("NewAlarm")]
public sealed record NewAlarm(string Type, string Text, AlarmSeverity Severity, AlarmStatus Status, DateTimeOffset Time, Fragments Fragments);

/// <summary>A stored alarm. Its source and its first occurrence are part of its id.</summary>
/// <param name="Time">When it was last raised.</param>
/// <param name="FirstTime">When it was first raised.</param>
/// <param name="Count">How often it was raised while it was open.</param>
[GenerateSerializer, Immutable, Alias("Alarm")]
public sealed record Alarm(
    AlarmId Id, string Type, string Text, AlarmSeverity Severity, AlarmStatus Status, DateTimeOffset Time, DateTimeOffset FirstTime, long Count,
    DateTimeOffset CreationTime, DateTimeOffset LastUpdated, Fragments Fragments)
{
    /// <summary>Whether somebody still has to do something about it: it counts on its source, and raising it again makes no other.</summary>
    public bool IsOpen => Status is AlarmStatus.Active or AlarmStatus.Acknowledged;
}

/// <summary>An alarm beside the name of its source, null where the source has none or the reader may not see it.</summary>
[GenerateSerializer, Immutable, Alias("AlarmView")]
public sealed record AlarmView(Alarm Alarm, string? SourceName);

/// <summary>The body of a change: what is null stays, a null fragment goes.</summary>
[GenerateSerializer, Immutable, Alias("AlarmChange")]
public sealed record AlarmChange(string? Text, AlarmSeverity? Severity, AlarmStatus? Status, Fragments Fragments)
{
    public static AlarmChange To(AlarmStatus status) => new(null, null, status, Fragments.None);
}

/// <summary>Which alarms are wanted, newest first; every filter given must hold, and of a list one word.</summary>
[GenerateSerializer, Immutable, Alias("AlarmQuery")]
public sealed record AlarmQuery(
    SourceFilter Source = default, IReadOnlyList<string>? Types = null, IReadOnlyList<AlarmSeverity>? Severities = null,
    IReadOnlyList<AlarmStatus>? Statuses = null, Within Time = default, Within Created = default, Within Updated = default,
    string? FragmentType = null);

/// <summary>How many alarms of a source are open: what the interface shows as <c>c8y_ActiveAlarmsStatus</c>.</summary>
public readonly record struct ActiveAlarms(long Critical, long Major, long Minor, long Warning);

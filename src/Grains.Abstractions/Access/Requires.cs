namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>What a caller must be able to hold for the gate to open: one of these permissions, on the target or by ownership.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequiresAttribute(params Permission[] anyOf) : Attribute
{
    public IReadOnlyList<Permission> AnyOf { get; } = anyOf;
}

/// <summary>A method that only the platform itself calls, for the tasks named. The sentence says why no user does.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PlatformAttribute(string because, params PlatformTask[] tasks) : Attribute
{
    public string Because { get; } = because;
    public IReadOnlyList<PlatformTask> Tasks { get; } = tasks;
}

/// <summary>A method whose caller may be of another tenant than the target. The sentence says why; the list is reviewed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AcrossTenantsAttribute(string because) : Attribute
{
    public string Because { get; } = because;
}

using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>
/// A call that is only tried. It goes its whole way through gates and grains, every right and rule is asked, and where it would write it ends with
/// <see cref="Rehearsed"/>, which says what the change would come to. Whoever writes refuses to while a rehearsal is on: what does not know how to end so
/// is refused, and nothing is changed either way.
/// </summary>
public static class Rehearsal
{
    // They go along with every call that a call makes, to whichever silo.
    private const string Key = "bailiwick.rehearsal";
    private const string PartKey = "bailiwick.rehearsal.part";

    /// <summary>Whether what is under way is a rehearsal.</summary>
    public static bool IsOn => RequestContext.Get(Key) is true;

    /// <summary>Makes all that the running request goes on to ask a rehearsal.</summary>
    public static void Begin() => RequestContext.Set(Key, true);

    public static void End()
    {
        RequestContext.Remove(Key);
        RequestContext.Remove(PartKey);
    }

    /// <summary>Whether what is under way is one of several changes that one request makes, so that it is told what all of them come to together.</summary>
    internal static bool IsPart => RequestContext.Get(PartKey) is true;

    /// <summary>Makes all that the running call goes on to ask parts of what it makes of them.</summary>
    internal static void BeginParts() => RequestContext.Set(PartKey, true);

    internal static void EndParts() => RequestContext.Remove(PartKey);

    /// <summary>Said before anything is written.</summary>
    internal static void RequireOff()
    {
        if (IsOn) throw Refusal.Invalid("general", "dryRun: this change cannot be tried without being made. Nothing was changed.");
    }
}

/// <summary>One thing that one user would be allowed from then on, or no more.</summary>
/// <param name="IsGain">Whether it would be gained; lost otherwise.</param>
/// <param name="Object">The managed object; null for everything in the tenant.</param>
/// <param name="Fragments">The fragments of its data that it is about; <see cref="Grant.AnyType"/> for all.</param>
[GenerateSerializer, Immutable, Alias("AccessShift")]
public sealed record AccessShift(
    [property: Id(0)] bool IsGain, [property: Id(1)] string User, [property: Id(2)] Permission Permission, [property: Id(3)] ObjectId? Object,
    [property: Id(4)] IReadOnlyList<string> Fragments);

/// <summary>Who would gain and lose what by a change.</summary>
/// <param name="Gained">How many shifts are gains.</param>
/// <param name="Lost">How many are losses.</param>
/// <param name="IsComplete">False where there are more users and objects than are looked at: what is counted is then the least that it is.</param>
/// <param name="First">The first <see cref="Limits.ShiftsShownMax"/> shifts, by user, then object, then permission.</param>
[GenerateSerializer, Immutable, Alias("AccessEffect")]
public sealed record AccessEffect([property: Id(0)] long Gained, [property: Id(1)] long Lost, [property: Id(2)] bool IsComplete, [property: Id(3)] IReadOnlyList<AccessShift> First)
{
    public static readonly AccessEffect None = new(0, 0, true, []);
}

/// <summary>Where a rehearsal ends: everything allows the change, and this is what it would come to.</summary>
[GenerateSerializer, Alias("Rehearsed")]
public sealed class Rehearsed(AccessEffect effect) : Exception("A change was rehearsed, and not made.")
{
    [Id(0)] public AccessEffect Effect { get; } = effect;
}

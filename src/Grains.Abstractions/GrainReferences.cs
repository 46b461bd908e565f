namespace Bailiwick.Grains.Abstractions;

/// <summary>References to grains. A factory works out anew for each which kind of grain an interface means, by names and attributes; here that is remembered.</summary>
public static class GrainReferences
{
    /// <summary>The grain of this kind with this key.</summary>
    /// <typeparam name="TGrain">An interface that one kind of grain implements.</typeparam>
    /// <param name="factory">The silo's; one and the same at every call, as far as remembering goes.</param>
    /// <param name="key">As the interface says.</param>
    public static TGrain Grain<TGrain>(this IGrainFactory factory, string key) where TGrain : IGrainWithStringKey
    {
        if (Kind<TGrain>.Known is { } kind && kind.Factory == factory) return (TGrain)factory.GetGrain(GrainId.Create(kind.Grain, key), kind.Interface);
        var grain = factory.GetGrain<TGrain>(key);
        if (grain is GrainReference reference) Kind<TGrain>.Known = new(factory, reference.GrainId.Type, reference.InterfaceType);
        return grain;
    }

    private static class Kind<TGrain>
    {
        // Of the factory that asked last: a process has one, and tests have some.
        public static volatile GrainKind? Known;
    }

    private sealed record GrainKind(IGrainFactory Factory, GrainType Grain, GrainInterfaceType Interface);
}

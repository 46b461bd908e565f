namespace Bailiwick.Grains.Access;

/// <summary>A state kept by Orleans' grain storage: users, tenants, registrations.</summary>
internal sealed class GrainDocument<TState>(IPersistentState<GrainDocument<TState>.Cell> persistent) : IStateStore<TState> where TState : class
{
    /// <summary>What is stored: storage wants a type that can be made empty.</summary>
    [GenerateSerializer, Alias("Cell`1")]
    public sealed class Cell
    {
        [Id(0)] public TState? Value { get; set; }
    }

    public Task<TState?> LoadAsync() => Task.FromResult(persistent.State.Value);

    public async Task SaveAsync(WritePermit permit, TState state, TState? previous)
    {
        persistent.State = new Cell { Value = state };
        try
        {
            await persistent.WriteStateAsync();
        }
        catch
        {
            persistent.State = new Cell { Value = previous };
            throw;
        }
    }

    public Task RemoveAsync(WritePermit permit, TState previous) => persistent.ClearStateAsync();
}

/// <summary>The name under which grain storage is registered.</summary>
internal static class GrainDocuments
{
    public const string Provider = "documents";
}

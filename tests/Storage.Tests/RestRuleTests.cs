using Bailiwick.Silo.Memory;

namespace Bailiwick.Storage.Tests;

/// <summary>When the process goes through its heap because there is time.</summary>
public sealed class RestRuleTests
{
    private readonly RestRule _rule = new();
    private long _allocated;

    [Fact]
    public void A_process_at_work_is_left_alone_and_one_that_comes_to_rest_is_not()
    {
        Assert.False(IsDueAfter(RestRule.RushBytes));
        Assert.False(IsDueAfter(RestRule.QuietBytes + 1));
        Assert.True(IsDueAfter(RestRule.QuietBytes));
    }

    [Fact]
    public void It_is_done_once_for_a_rush_however_long_a_little_goes_on()
    {
        IsDueAfter(RestRule.RushBytes);
        Assert.True(IsDueAfter(0));
        _rule.Rested();

        for (var look = 0; look < 100; look++) Assert.False(IsDueAfter(RestRule.QuietBytes));
        IsDueAfter(RestRule.RushBytes);
        Assert.True(IsDueAfter(0));
    }

    [Fact]
    public void A_small_rush_is_not_worth_it_and_several_together_are()
    {
        IsDueAfter(RestRule.RushBytes - 1);
        Assert.False(IsDueAfter(0));
        IsDueAfter(RestRule.QuietBytes + 1);
        Assert.True(IsDueAfter(0));
    }

    [Fact]
    public void A_heap_that_would_take_long_is_left_to_the_runtime()
    {
        IsDueAfter(RestRule.RushBytes);
        Assert.False(IsDueAfter(0, RestRule.HeapBytesMax + 1));
        Assert.True(IsDueAfter(0, RestRule.HeapBytesMax));
    }

    private bool IsDueAfter(long bytes, long inUse = 0) => _rule.IsDue(_allocated += bytes, inUse);
}
